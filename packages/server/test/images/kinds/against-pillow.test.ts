import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standInOf } from '../../../src/images/renderers/stand-in.ts';
import { isForeign } from '../../../src/images/transform/kind.ts';
import { Original } from '../../../src/images/transform/original.ts';
import { render } from '../../../src/images/transform/render.ts';
import { inspectSource } from '../../../src/images/transform/source.ts';
import { bmp, icon, square } from '../foreign-images.ts';
import { planOf } from '../golden-cases.ts';
import { animation, scenery } from '../sample-images.ts';

/** One image of the table, and the page of it that is compared. */
interface Kind {
  readonly name: string;
  readonly mimeType: string;
  readonly make: () => Promise<Buffer>;
  /** From 0. */
  readonly page?: number;
}

const [width, height] = [120, 80];

const hole = Buffer.from('<svg width="60" height="50"><circle cx="30" cy="25" r="24" opacity="0.6"/></svg>');

function pixels({ alpha, depth }: { alpha: boolean; depth: number }): Sharp {
  const image = sharp(scenery(width, height));
  const cut = alpha
    ? image.ensureAlpha().composite([{ input: hole, blend: 'dest-out' }])
    : image.removeAlpha();
  return depth === 16 ? cut.toColourspace('rgb16') : cut;
}

const writers: Readonly<Record<string, (image: Sharp) => Sharp>> = {
  png: (image) => image.png(),
  tiff: (image) => image.tiff({ compression: 'lzw' }),
  webp: (image) => image.webp({ lossless: true }),
  jpeg: (image) => image.jpeg({ quality: 98, chromaSubsampling: '4:4:4' }),
};

function* table(): Generator<Kind> {
  const rgb = () => sharp(scenery(width, height)).removeAlpha().raw().toBuffer();
  yield { name: 'bmp', mimeType: 'image/bmp', make: async () => bmp(width, height, await rgb()) };
  const largest = () => pixels({ alpha: true, depth: 8 }).png().toBuffer();
  yield {
    name: 'ico',
    mimeType: 'image/x-icon',
    make: async () => icon([await square(16), await largest()]),
  };
  for (const [format, write] of Object.entries(writers)) {
    const mimeType = `image/${format}`;
    const depths = format === 'png' || format === 'tiff' ? [8, 16] : [8];
    for (const depth of depths) {
      for (const alpha of format === 'jpeg' ? [false] : [false, true]) {
        for (const profile of [undefined, 'srgb', 'p3']) {
          // libtiff writes 16 bits with transparency in a form that Pillow 9 does not read.
          if (format === 'tiff' && depth === 16 && alpha) continue;
          const name = `${format}, ${depth} bits${alpha ? ', transparent' : ''}, profile ${profile ?? 'none'}`;
          const image = () =>
            profile === undefined
              ? pixels({ alpha, depth })
              : pixels({ alpha, depth }).withIccProfile(profile);
          yield { name, mimeType, make: () => write(image()).toBuffer() };
        }
      }
    }
    for (let orientation = 1; orientation <= 8; orientation++) {
      const make = () => write(pixels({ alpha: false, depth: 8 }).withMetadata({ orientation })).toBuffer();
      yield { name: `${format}, orientation ${orientation}`, mimeType, make };
    }
  }
  yield {
    name: 'png, gray',
    mimeType: 'image/png',
    make: () => pixels({ alpha: false, depth: 8 }).grayscale().png().toBuffer(),
  };
  yield {
    name: 'png, gray of 16 bits',
    mimeType: 'image/png',
    make: () => pixels({ alpha: false, depth: 8 }).toColourspace('grey16').png().toBuffer(),
  };
  yield {
    name: 'png, palette',
    mimeType: 'image/png',
    make: () => pixels({ alpha: true, depth: 8 }).png({ palette: true }).toBuffer(),
  };
  for (const format of ['gif', 'webp'] as const) {
    for (const page of [0, 1, 2])
      yield {
        name: `${format}, frame ${page + 1}`,
        mimeType: `image/${format}`,
        make: () => animation(format, width, height),
        page,
      };
  }
}

const kinds = [...table()];

/** The interpreter that has Pillow: on Debian and Ubuntu, package `python3-pil`. */
function pythonWithPillow(): string {
  const found = ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', 'import PIL.ImageCms']).status === 0,
  );
  if (found === undefined) throw new Error('Pillow is missing: install the Debian package python3-pil.');
  return found;
}

let directory: string;
const made: Buffer[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-pillow-'));
  const jobs = [];
  for (const [index, { make, page = 0 }] of kinds.entries()) {
    const [input, output] = [join(directory, `${index}.in`), join(directory, `${index}.out`)];
    const bytes = await make();
    made.push(bytes);
    await writeFile(input, bytes);
    jobs.push({ input, output, page });
  }
  execFileSync(pythonWithPillow(), [join(import.meta.dirname, 'reference.py')], {
    input: JSON.stringify(jobs),
  });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function shown(bytes: Buffer, { mimeType, page }: Kind, options: string): Promise<Buffer> {
  const plan = planOf(`${options}format(png)${page === undefined ? '' : `:page(${page + 1})`}`);
  const original = new Original(async () => bytes);
  const { type } = await original.kind();
  if (isForeign(type)) await original.decodedBy((whole, foreign) => standInOf(foreign, whole, 50_000_000));
  const source = await inspectSource(original, {
    mimeType,
    limits: defaultLimits,
    plan,
  });
  const limits = { maxSide: 8192, maxPixels: 50_000_000 };
  return (await render({ plan, source, overlays: new Map(), accepted: [], limits })).bytes;
}

describe('every kind of image', () => {
  it.each(kinds.map((kind, index) => [kind.name, index] as const))(
    'looks as Pillow shows it: %s',
    async (_, index) => {
      const [kind, bytes] = [kinds[index], made[index]];
      if (kind === undefined || bytes === undefined) throw new Error('the table is made before');
      const reference = await readFile(join(directory, `${index}.out`));
      const end = reference.indexOf('\n');
      const [refWidth = 0, refHeight = 0] = reference.toString('latin1', 0, end).split(' ').map(Number);
      const wanted = reference.subarray(end + 1);
      // In one pass, and through the steps.
      for (const options of ['filters:', 'filters:crop(0,0,1,1):']) {
        const { data, info } = await sharp(await shown(bytes, kind, options))
          .ensureAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect([info.width, info.height], options).toEqual([refWidth, refHeight]);
        expect(meanDistance(data, wanted), options).toBeLessThan(2);
      }
    },
  );
});

/** Mean distance of channels, 0 to 255, colours weighted by their opacity. */
function meanDistance(one: Buffer, other: Buffer): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 4) {
    const opacity = (other[at + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel++)
      sum += opacity * Math.abs((one[at + channel] ?? 0) - (other[at + channel] ?? 0));
    sum += Math.abs((one[at + 3] ?? 0) - (other[at + 3] ?? 0));
  }
  return sum / one.length;
}
