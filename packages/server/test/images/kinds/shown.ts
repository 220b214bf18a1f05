import sharp from 'sharp';
import { startHost, World } from '../running-host.ts';

/** An images host over a world of its own, and what it shows of files that are put there. */
export class Shown implements AsyncDisposable {
  readonly #world = new World();
  readonly #host = startHost(this.#world);
  #count = 0;

  /** @param options as in a URL, without slashes around them */
  async ask(
    bytes: Buffer,
    mimeType: string,
    options: string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const key = `app/dev/image-${this.#count++}`;
    this.#world.put(key, bytes, { mimeType });
    return fetch(`${(await this.#host).url}/${options}/${key}`, { headers });
  }

  /** The bytes of the answer, which must be 200. */
  async get(bytes: Buffer, mimeType: string, options: string): Promise<Buffer> {
    const answer = await this.ask(bytes, mimeType, options);
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) throw new Error(`${options}: ${answer.status} ${body.toString()}`);
    return body;
  }

  /** The image with a watermark; the position and further arguments as in a URL. */
  async marked(image: Buffer, mark: Buffer, position: string): Promise<Buffer> {
    this.#world.put('app/dev/mark', mark, { mimeType: 'image/png' });
    this.#world.tell('app/dev/mark');
    return this.get(image, 'image/png', `filters:watermark(app/dev/mark,${position}):format(png)`);
  }

  async meta(bytes: Buffer, mimeType: string, options = ''): Promise<Record<string, unknown>> {
    const prefix = options === '' ? 'meta' : `meta/${options}`;
    return JSON.parse((await this.get(bytes, mimeType, prefix)).toString());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#host)[Symbol.asyncDispose]();
  }
}

/** Red, green, blue, and alpha where there is some, of one pixel. */
export async function pixelAt(image: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(image).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

export async function sizeOf(image: Buffer): Promise<string> {
  const { width, height, pageHeight = height } = await sharp(image).metadata();
  return `${width}x${pageHeight}`;
}

/** One colour with the profile and the depth that are named. */
export async function coloured(
  [r, g, b]: readonly [number, number, number],
  { format, profile, depth }: { format: 'png' | 'tiff' | 'avif'; profile?: string; depth: 8 | 16 },
): Promise<Buffer> {
  let image = sharp({ create: { width: 40, height: 40, channels: 3, background: { r, g, b } } });
  if (depth === 16) image = image.toColourspace('rgb16');
  if (profile !== undefined) image = image.withIccProfile(profile);
  if (format === 'tiff') return image.tiff({ compression: 'lzw' }).toBuffer();
  return format === 'avif'
    ? image.avif({ lossless: true, bitdepth: depth === 16 ? 10 : 8 }).toBuffer()
    : image.png().toBuffer();
}
