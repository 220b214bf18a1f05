import sharp from 'sharp';

/** The visible difference of two images. */
export interface Difference {
  readonly sameSize: boolean;
  /** Mean distance of colours in CIE L*a*b* (1976); 2.3 is just noticeable. Transparency counts as well. */
  readonly mean: number;
  /** The distance below which 99 of 100 pixels stay. */
  readonly worst: number;
}

/** Compares two images on black and on white, so that transparent parts have to agree. */
export async function difference(one: Buffer, other: Buffer): Promise<Difference> {
  const [a, b] = await Promise.all([pages(one), pages(other)]);
  if (a.width !== b.width || a.height !== b.height) {
    return { sameSize: false, mean: Number.POSITIVE_INFINITY, worst: Number.POSITIVE_INFINITY };
  }
  const distances: number[] = [];
  for (const background of ['#000000', '#ffffff']) {
    const [left, right] = await Promise.all([lab(one, background), lab(other, background)]);
    for (let at = 0; at < left.length; at += 3) {
      distances.push(Math.hypot(...[0, 1, 2].map((c) => (left[at + c] ?? 0) - (right[at + c] ?? 0))));
    }
  }
  distances.sort((x, y) => x - y);
  return {
    sameSize: true,
    mean: distances.reduce((sum, distance) => sum + distance, 0) / distances.length,
    worst: distances[Math.floor(distances.length * 0.99)] ?? 0,
  };
}

async function pages(image: Buffer): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(image, { animated: true }).metadata();
  return { width, height };
}

async function lab(image: Buffer, background: string): Promise<Float32Array> {
  const { data } = await sharp(image, { animated: true })
    .flatten({ background })
    .toColourspace('lab')
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}
