import sharp from 'sharp';
import { bmp, heic, icon, square } from './foreign-images.ts';
import type { World } from './running-host.ts';
import { animation, logo, photograph, plain, scenery } from './sample-images.ts';

export interface FuzzInput {
  readonly world: World;
  /** URL of a host over this world. */
  readonly url: string;
  readonly milliseconds: number;
  /** Equal seeds give equal images in equal order. */
  readonly seed: number;
}

const options = [
  '20x20',
  'fit-in/9x9/filters:blur(2):round_corner(3)',
  'trim/8x8/smart',
  'meta/filters:thumbhash():blurhash(4,3):avgcolor()',
  '-0x-0/filters:format(webp):rotate(90):equalize()',
  '0.1x0.1:0.9x0.9/full-fit-in/30x10/filters:upscale():format(avif)',
  'adaptive-fit-in/40x20/filters:fill(blur):format(gif):max_frames(2)',
  'stretch/33x7/filters:sharpen(2,1):noise(5):pixelate(3):format(tiff)',
  'filters:page(2):max_bytes(300):format(jpeg)',
];

/** Requests images whose bytes were changed, cut off or moved, and counts the statuses. */
export async function fuzz({ world, url, milliseconds, seed }: FuzzInput) {
  const seeds = await makeSeeds();
  const random = randomNumbers(seed);
  const statuses = new Map<number, number>();
  const end = performance.now() + milliseconds;
  for (let tried = 0; performance.now() < end; tried++) {
    const [image, mimeType] = pick(seeds, random);
    const key = `app/dev/fuzz-${seed}-${tried}`;
    world.put(key, mutate(image, random), { mimeType });
    const answer = await fetch(`${url}/${pick(options, random)}/${key}`);
    await answer.arrayBuffer();
    world.remove(key);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  }
  return { statuses };
}

async function makeSeeds() {
  const small = await logo(32);
  const photo = sharp(await photograph(64, 48));
  return [
    [heic('turned-p3'), 'image/heic'],
    [bmp(30, 20), 'image/bmp'],
    [icon([await square(16), await square(24)]), 'image/x-icon'],
    [await photo.jpeg().toBuffer(), 'image/jpeg'],
    [
      await photo
        .jpeg({ progressive: true })
        .withExif({ IFD0: { Orientation: '6' } })
        .toBuffer(),
      'image/jpeg',
    ],
    // So large that its small sizes begin from a reduced copy.
    [await sharp(scenery(1700, 1200)).jpeg({ quality: 40 }).toBuffer(), 'image/jpeg'],
    [await plain('#336699', 1700, 1200), 'image/png'],
    [small, 'image/png'],
    [await sharp(small).png({ palette: true, progressive: true }).toBuffer(), 'image/png'],
    [await animation('gif', 16, 12), 'image/gif'],
    [await animation('webp', 16, 12), 'image/webp'],
    [await photo.webp({ lossless: true }).toBuffer(), 'image/webp'],
    [await sharp(small).avif().toBuffer(), 'image/avif'],
    [await sharp(small).tiff().toBuffer(), 'image/tiff'],
    [await photo.tiff({ compression: 'jpeg', tile: true }).toBuffer(), 'image/tiff'],
    [scenery(), 'image/svg+xml'],
  ] as const;
}

type Random = (below: number) => number;

/** Linear congruential (Knuth, "MMIX"), so that a failure can be repeated. */
function randomNumbers(seed: number): Random {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 33n) % below;
  };
}

function pick<T>(among: readonly T[], random: Random): T {
  // There is something to choose from.
  return among[random(among.length)] as T;
}

function mutate(seed: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(seed);
  switch (random(6)) {
    case 0:
      return bytes.subarray(0, random(bytes.length));
    case 1:
      return Buffer.concat([bytes.subarray(0, random(bytes.length)), bytes.subarray(random(bytes.length))]);
    case 2: {
      const from = random(bytes.length);
      return bytes.fill(random(256), from, Math.min(bytes.length, from + random(64)));
    }
    case 3:
      bytes.writeUInt32BE(random(2 ** 31), random(Math.max(1, bytes.length - 4)));
      return bytes;
    case 4:
      for (let times = 0; times < 64; times++) bytes[random(Math.min(bytes.length, 256))] = random(256);
      return bytes;
    default:
      for (let times = 0; times <= random(12); times++) bytes[random(bytes.length)] = random(256);
      return bytes;
  }
}
