import sharp, { type Sharp } from 'sharp';
import { type Box, clamp, type Size } from '../../../src/images/transform/geometry/size.ts';
import { type RunningHost, startHost, World } from '../running-host.ts';
import type { Scene } from './scenes.ts';

/** The number of faces that smart crops keep whole. */
export interface KeptFaces {
  readonly faces: number;
  readonly kept: number;
  /** The number that a perfect crop of each image would keep. */
  readonly possible: number;
}

/** Half a pixel of a crop is several pixels of the image. */
const tolerance = 3;

/** Requests smart crops of every image in each of these sizes, and counts the faces that are whole in them. */
export async function countKeptFaces(
  scenes: readonly Scene[],
  sizes: readonly Size[],
  options: Parameters<typeof startHost>[1],
): Promise<KeptFaces[]> {
  const world = new World();
  for (const { name, image } of scenes) world.put(keyOf(name), image);
  await using host = await startHost(world, options);
  const counts: KeptFaces[] = [];
  for (const size of sizes) {
    let [faces, kept, possible] = [0, 0, 0];
    for (const scene of scenes) {
      const { image, crop } = await smartCrop(host, scene, size);
      faces += scene.faces.length;
      kept += scene.faces.filter((face) => isWhole(face, crop)).length;
      possible += mostIn(scene.faces, { image, crop });
    }
    counts.push({ faces, kept, possible });
  }
  return counts;
}

/** The crop as bytes, to be compared with another one. */
export async function smartCropBytes(host: RunningHost, { name }: Scene, size: Size): Promise<Buffer> {
  const path = `${size.width}x${size.height}/smart/filters:format(png)/${keyOf(name)}`;
  const answer = await fetch(`${host.url}/${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

export function keyOf(name: string): string {
  return `app/dev/${name.replaceAll(/\W+/g, '-')}.jpg`;
}

async function smartCrop(host: RunningHost, scene: Scene, size: Size): Promise<{ image: Size; crop: Box }> {
  const bytes = await smartCropBytes(host, scene, size);
  const { width, height } = await sharp(scene.image).metadata();
  const factor = Math.max(size.width / width, size.height / height);
  const whole: Size = { width: Math.round(width * factor), height: Math.round(height * factor) };
  const [part, scaled] = await Promise.all([
    greys(sharp(bytes)),
    greys(sharp(scene.image).resize({ ...whole, fit: 'fill' })),
  ]);
  const { left, top } = offsetWithin(scaled, part);
  return {
    image: { width, height },
    crop: {
      left: left / factor,
      top: top / factor,
      width: size.width / factor,
      height: size.height / factor,
    },
  };
}

interface Greys extends Size {
  readonly data: Buffer;
}

async function greys(image: Sharp): Promise<Greys> {
  const { data, info } = await image.greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The offset of a crop in its image; one side of the crop is as long as that of the image. */
function offsetWithin(whole: Greys, part: Greys): { left: number; top: number } {
  const across = whole.width > part.width;
  const long = lines(whole, across);
  const short = lines(part, across);
  let [best, offset] = [Number.POSITIVE_INFINITY, 0];
  for (let start = 0; start <= long.length - short.length; start++) {
    const unlike = short.reduce((sum, light, index) => sum + Math.abs(light - (long[start + index] ?? 0)), 0);
    if (unlike < best) [best, offset] = [unlike, start];
  }
  return across ? { left: offset, top: 0 } : { left: 0, top: offset };
}

/** The sum of light in each column, or in each row. */
function lines({ data, width, height }: Greys, across: boolean): number[] {
  const sums = new Array<number>(across ? width : height).fill(0);
  for (const [index, light] of data.entries()) {
    const line = across ? index % width : Math.floor(index / width);
    sums[line] = (sums[line] ?? 0) + light;
  }
  return sums;
}

function isWhole(face: Box, crop: Box): boolean {
  return (
    face.left >= crop.left - tolerance &&
    face.top >= crop.top - tolerance &&
    face.left + face.width <= crop.left + crop.width + tolerance &&
    face.top + face.height <= crop.top + crop.height + tolerance
  );
}

/** The best crop of this size can be moved until it begins at a face without losing any. */
function mostIn(faces: readonly Box[], { image, crop }: { image: Size; crop: Size }): number {
  const lefts = faces.map(({ left }) => clamp(left, 0, image.width - crop.width));
  const tops = faces.map(({ top }) => clamp(top, 0, image.height - crop.height));
  const counts = lefts.flatMap((left) =>
    tops.map((top) => faces.filter((face) => isWhole(face, { ...crop, left, top })).length),
  );
  return Math.max(0, ...counts);
}
