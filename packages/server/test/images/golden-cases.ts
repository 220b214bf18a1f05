import { defaultLimits, type ImagePlan, parseImagePath, planImage } from '@bkend/storage-contract';
import sharp from 'sharp';
import { Original } from '../../src/images/transform/original.ts';
import { render } from '../../src/images/transform/render.ts';
import type { Rendition } from '../../src/images/transform/rendition.ts';
import { inspectSource } from '../../src/images/transform/source.ts';
import { animation, logo, photograph, scenery, turned } from './sample-images.ts';

interface SourceImage {
  readonly bytes: () => Promise<Buffer>;
  readonly mimeType: string;
}

const jpeg = 'image/jpeg';
const png = 'image/png';

export const sources = {
  photo: { bytes: () => photograph(320, 240), mimeType: jpeg },
  logo: { bytes: () => logo(160), mimeType: png },
  framed: {
    bytes: () =>
      sharp(scenery(160, 120))
        .extend({ top: 20, bottom: 40, left: 30, right: 10, background: '#eeeeee' })
        .png()
        .toBuffer(),
    mimeType: png,
  },
  animation: { bytes: () => animation('gif'), mimeType: 'image/gif' },
  moving: { bytes: () => animation('webp'), mimeType: 'image/webp' },
  deep: {
    bytes: () => sharp(scenery(160, 120)).toColourspace('rgb16').png().toBuffer(),
    mimeType: png,
  },
  cmyk: {
    bytes: () => sharp(scenery(160, 120)).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
    mimeType: jpeg,
  },
  wide: {
    bytes: () => sharp(scenery(160, 120)).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(),
    mimeType: jpeg,
  },
  gray: { bytes: () => sharp(scenery(160, 120)).grayscale().png().toBuffer(), mimeType: png },
  drawing: { bytes: async () => scenery(160, 120), mimeType: 'image/svg+xml' },
  turned: { bytes: () => turned(6), mimeType: jpeg },
} as const satisfies Record<string, SourceImage>;

/** Each option and filter, and each kind of source: `[source, options]`. */
export const goldenCases: readonly (readonly [keyof typeof sources, string])[] = [
  ...[
    '120x90',
    '90x90',
    '90x90/left',
    '90x90/right',
    '120x40/top',
    '120x40/bottom',
    '90x90/smart',
    'fit-in/90x90',
    'full-fit-in/90x90',
    'adaptive-fit-in/60x120',
    'stretch/90x90',
    '-120x90',
    '120x-90',
    '160x120:320x240/120x90',
    '0.5x0:1x0.5/120x90',
    '90x90/filters:focal(240x30:290x80)',
    '90x90/filters:focal(0.9,0.5)',
    '120x/filters:proportion(0.5)',
    '120x/filters:quality(10)',
    '120x/filters:rotate(90)',
    '120x/filters:orient(180)',
    '120x/filters:crop(10,10,60,40)',
    '120x/filters:crop(0.5,0.5,0.5,0.5)',
    'fit-in/120x120/filters:fill(c0ffee)',
    'fit-in/120x120/filters:fill(auto)',
    'fit-in/120x120/filters:fill(blur)',
    'fit-in/120x120/filters:fill(transparent)',
    'fit-in/100x100/10x5:20x15/filters:fill(navy)',
    '100x/filters:padding(gold,4,8,12,16)',
    '120x/filters:round_corner(20)',
    '120x/filters:round_corner(20|40,255,255,0)',
    '120x/filters:blur(6)',
    '120x/filters:sharpen(3,1,true)',
    '120x/filters:brightness(30)',
    '120x/filters:brightness(-30)',
    '120x/filters:contrast(40)',
    '120x/filters:saturation(80)',
    '120x/filters:saturation(-60)',
    '120x/filters:hue(120)',
    '120x/filters:modulate(10,-20,200)',
    '120x/filters:grayscale()',
    '120x/filters:invert()',
    '120x/filters:rgb(30,-20,10)',
    '120x/filters:equalize()',
    '120x/filters:noise(40)',
    '120x/filters:pixelate(10)',
    '120x/filters:watermark(logo,-10,center,40,30,30)',
    '120x/filters:watermark(logo,repeat,bottom,0,20,20)',
    '120x/filters:upscale()',
    '400x300/filters:upscale()',
    '120x/filters:format(png)',
    '120x/filters:format(webp)',
    '120x/filters:format(avif)',
    '120x/filters:format(webp):lossless()',
    '120x/filters:max_bytes(1500)',
    '120x/filters:format(png):quality(20)',
    '120x/filters:blur(4):fill(red):round_corner(30,0,0,0):rotate(270)',
  ].map((options) => ['photo', options] as const),
  ['logo', 'fit-in/90x90'],
  ['logo', '90x90/filters:background_color(orange)'],
  ['logo', '90x90/filters:format(jpeg)'],
  ['logo', '90x90/filters:grayscale():brightness(20)'],
  ['framed', 'trim/100x'],
  ['framed', 'trim:bottom-right:20/100x'],
  ['framed', 'trim/60x50:120x100/60x'],
  ['framed', '120x/filters:brightness(-10):trim(20,bottom-right)'],
  ['animation', '60x60'],
  ['animation', 'fit-in/60x60/filters:fill(white):grayscale()'],
  ['moving', '60x40/filters:round_corner(10):blur(2)'],
  ['moving', '60x40/filters:format(jpeg)'],
  ['deep', '100x/filters:format(png)'],
  ['deep', '100x/filters:contrast(30)'],
  ['cmyk', '100x'],
  ['cmyk', '100x/filters:invert()'],
  ['wide', '100x'],
  ['wide', '100x/filters:format(png):saturation(20)'],
  ['gray', '100x/filters:watermark(logo,center,center,0,50,50)'],
  ['drawing', '100x'],
  ['drawing', '320x/filters:upscale()'],
  ['turned', '60x'],
  ['turned', '40x40:80x60/30x'],
];

/** As the image host would make it, without the host. */
export async function renderCase([name, options]: readonly [
  keyof typeof sources,
  string,
]): Promise<Rendition> {
  const plan = planOf(options);
  const open = async (source: SourceImage) =>
    inspectSource(new Original(source.bytes), { mimeType: source.mimeType, limits: defaultLimits, plan });
  const overlays = new Map([['logo', await open(sources.logo)]]);
  return render({
    plan,
    source: await open(sources[name]),
    overlays,
    accepted: [],
    limits: { maxSide: 8192, maxPixels: 50_000_000 },
  });
}

export function planOf(options: string): ImagePlan {
  const url = parseImagePath(`/${options}/key`);
  if (url.kind === 'fault') throw new Error(`${options}: ${url.option} ${url.message}`);
  const planned = planImage(url);
  if ('issues' in planned) throw new Error(`${options}: ${JSON.stringify(planned.issues)}`);
  return planned.plan;
}

export function goldenName([source, options]: readonly [string, string]): string {
  return `${source}-${options.replaceAll(/[^a-z0-9.-]+/gi, '_')}.webp`;
}
