import { imageFilterNames } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Measured,
  markKey,
  measure,
  movingNoise,
  noise,
  type Subject,
  workOf,
} from '../../../test/images/measured-work.ts';
import { costOfWork, makeImage } from '../make-image.ts';
import { costOfPlan } from './cost-of-plan.ts';
import { affordableCost, budgetMs } from './estimates.ts';

/** CPU time that an image may take above its estimated cost, on a machine like the one of the rates. */
const tolerance = { factor: 2, milliseconds: 60 };

/** The least of several measurements counts: the rest of the process, and other programs, only add to it. */
const measurements = 3;

/** Every filter with its most expensive arguments; several where no one set is always the most expensive. */
const filters: Readonly<Record<string, readonly string[]>> = {
  quality: ['quality(100)', 'quality(1)'],
  format: ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'].map((format) => `format(${format})`),
  max_bytes: [
    'max_bytes(1)',
    'proportion(0.5):format(png):max_bytes(1)',
    'format(gif):max_bytes(1)',
    'format(webp):max_bytes(1)',
    'proportion(0.3):format(avif):max_bytes(1)',
  ],
  lossless: ['format(webp):lossless()', 'proportion(0.5):format(avif):lossless()'],
  blur: ['blur(1)', 'blur(1000)', 'blur(150,150)'],
  sharpen: ['sharpen(100,100,true)', 'sharpen(0.1)'],
  brightness: ['brightness(100)'],
  contrast: ['contrast(100)'],
  rgb: ['rgb(100,-100,100)'],
  saturation: ['saturation(1000)'],
  hue: ['hue(359)'],
  modulate: ['modulate(1000,1000,359)'],
  grayscale: ['grayscale()'],
  invert: ['invert()'],
  equalize: ['equalize()'],
  noise: ['noise(100)'],
  pixelate: ['pixelate(2)', 'pixelate(1000)'],
  background_color: ['background_color(auto)'],
  rotate: ['rotate(90)', 'rotate(180)'],
  orient: ['orient(90)'],
  upscale: ['upscale()'],
  no_upscale: ['no_upscale()'],
  stretch: ['stretch()'],
  proportion: ['proportion(1)'],
  fill: ['blur', 'auto', 'transparent', 'red'].map((fill) => `fill(${fill})`),
  padding: ['blur', 'auto', 'transparent', 'red'].map((fill) => `padding(${fill},300,300,300,300)`),
  crop: ['crop(0,0,1,1)'],
  trim: ['trim(442)', 'trim(0,bottom-right)'],
  focal: ['focal(0x0:1x1)'],
  page: ['page(10000)'],
  max_frames: ['max_frames(10000)'],
  watermark: [
    `watermark(${markKey},repeat,repeat,50)`,
    `watermark(${markKey},repeat,repeat,50,0.1,0.1)`,
    `watermark(${markKey},repeat,repeat,0,5)`,
    `watermark(${markKey},0,0,50,1000,1000)`,
  ],
  label: [`label(${'W'.repeat(20)},0,0,1000,red,50)`, 'label(W,repeat,repeat,10)'],
  round_corner: ['round_corner(500)', 'round_corner(500|500,255,0,0)'],
  blurhash: ['blurhash(9,9)'],
  thumbhash: ['thumbhash()'],
  avgcolor: ['avgcolor()'],
  attachment: ['attachment(a)'],
  expire: ['expire(9999999999990)'],
  strip_exif: ['strip_exif()'],
  strip_icc: ['strip_icc()'],
  strip_metadata: ['strip_metadata()'],
  raw: ['raw():grayscale()'],
};

const jpeg = 'image/jpeg';
let photo: Subject;
let sources: Readonly<Record<string, Subject>>;
beforeAll(async () => {
  const [width, height] = [1200, 900];
  photo = { bytes: await noise(width, height).jpeg({ quality: 90 }).toBuffer(), mimeType: jpeg };
  const made = async (mimeType: string, image: Sharp) => ({
    bytes: await image.toBuffer(),
    mimeType,
  });
  const moving = { width: 200, height: 150, frames: 30 };
  sources = {
    'JPEG of quality 100': await made(
      jpeg,
      noise(width, height).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    ),
    'progressive JPEG of quality 100': await made(
      jpeg,
      noise(width, height).jpeg({ quality: 100, chromaSubsampling: '4:4:4', progressive: true }),
    ),
    'progressive JPEG': await made(jpeg, noise(width, height).jpeg({ progressive: true, quality: 95 })),
    'JPEG on its side': await made(jpeg, noise(width, height).withMetadata({ orientation: 6 }).jpeg()),
    PNG: await made('image/png', noise(width, height).png({ compressionLevel: 1 })),
    'interlaced PNG': await made('image/png', noise(width, height).png({ progressive: true })),
    'PNG of 16 bits': await made('image/png', noise(width, height).toColourspace('rgb16').png()),
    WebP: await made('image/webp', noise(width, height).webp({ effort: 0 })),
    'WebP of quality 100': await made('image/webp', noise(width, height).webp({ quality: 100, effort: 0 })),
    'lossless AVIF': await made('image/avif', noise(600, 450).avif({ lossless: true, effort: 0 })),
    'lossless WebP': await made('image/webp', noise(width, height).webp({ lossless: true, effort: 0 })),
    AVIF: await made('image/avif', noise(width, height).avif({ effort: 0 })),
    TIFF: await made('image/tiff', noise(width, height).tiff({ compression: 'lzw' })),
    'still GIF': await made('image/gif', noise(800, 600).gif({ effort: 1 })),
    'moving GIF': { bytes: await movingNoise('gif', moving), mimeType: 'image/gif' },
    'moving WebP': { bytes: await movingNoise('webp', moving), mimeType: 'image/webp' },
  };
});

/** The factor by which this machine is slower than that of the rates, by a plain reduced image; at least 1. */
let slowness = 1;
beforeAll(async () => {
  const { cost, cpu } = await measureLeast('fit-in/800x800', {});
  slowness = Math.max(1, cpu / cost);
});

async function holds(subject: Subject, options: string): Promise<void> {
  const mostFor = (cost: number) => cost * tolerance.factor * slowness + tolerance.milliseconds;
  const { cost, cpu } = await measureLeast(options, { subject, until: mostFor });
  expect(cpu, `${options} costs ${cpu} ms and was to cost ${cost} ms`).toBeLessThan(mostFor(cost));
}

/** Measures up to three times, until the CPU time is within `until` of the estimated cost. */
async function measureLeast(
  options: string,
  { subject = photo, until }: { subject?: Subject; until?: (cost: number) => number },
): Promise<Measured> {
  let least = await measure(workOf(subject, options));
  for (let count = 1; count < measurements; count += 1) {
    if (until !== undefined && least.cpu < until(least.cost)) break;
    const again = await measure(workOf(subject, options));
    if (again.cpu < least.cpu) least = again;
  }
  return least;
}

describe('the cost of a plan', () => {
  it('is measured for every filter', () => {
    expect(Object.keys(filters).sort()).toEqual([...imageFilterNames].sort());
  });

  it.each(Object.entries(filters).flatMap(([name, each]) => each.map((text) => [name, text] as const)))(
    'is not half of what it costs, for %s: %s',
    async (_, text) => {
      const isDescribed = /^(blurhash|thumbhash|avgcolor)/.test(text);
      await holds(photo, `${isDescribed ? 'meta/' : ''}fit-in/800x800/filters:${text}`);
    },
  );

  it.each([
    ['enlarged', '2500x1800/filters:upscale()'],
    ['cut by what draws attention', '1000x300/smart'],
    ['trimmed before all else', 'trim:10/400x300'],
    ['flipped', '-800x-600'],
    ['turned and small', '90x60/filters:orient(90)'],
    ['described', 'meta/smart'],
  ])('is at least half of the CPU time of %s', (_, options) => holds(photo, options));

  it('is at least half of the CPU time, for every kind of source', async () => {
    for (const [name, subject] of Object.entries(sources)) {
      for (const options of ['80x60', '150x/filters:blur(5)', 'filters:page(25)']) {
        await holds(subject, options).catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`);
        });
      }
    }
  });
});

describe('a plan above the budget', () => {
  it.each([
    ['many blurs', `8000x6200/filters:upscale():${'blur(150):'.repeat(26)}quality(10)`, 'filters.blur'],
    [
      'many steps of each kind',
      `3000x2000/filters:upscale():${'modulate(9,9,9):sharpen(9):'.repeat(14)}`,
      'filters.',
    ],
    ['a huge size', '8192x6000/filters:upscale():format(png)', ''],
    ['a large GIF', '4000x4000/filters:upscale():format(gif)', 'filters.format'],
    ['many tries', '4000x3000/filters:upscale():format(webp):max_bytes(1)', 'filters.max_bytes'],
    [
      'many watermarks',
      `8000x6200/filters:upscale():${`watermark(${markKey},repeat,repeat,0,0.1):`.repeat(20)}`,
      'filters.watermark',
    ],
    ['room upon room', `1000x1000/filters:${'padding(blur,500):'.repeat(10)}`, 'filters.padding'],
    ['trims upon trims', `fit-in/1600x1200/filters:${'trim():'.repeat(20)}`, 'filters.trim'],
  ])('is refused before it is begun, by its most expensive part: %s', async (_, options, field) => {
    const work = workOf(photo, options);
    expect((await costOfWork(work, false)).milliseconds).toBeGreaterThan(budgetMs);
    const before = process.cpuUsage();
    await expect(makeImage(work)).rejects.toMatchObject({
      code: 'common/invalid-parameters',
      details: { issues: [{ field: expect.stringContaining(field) }] },
    });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200);
  });

  it.each([
    ['an AVIF without loss', { type: 'avif', sizeBytes: 24e6 }],
    ['a JPEG with arithmetic coding', { type: 'jpeg', sizeBytes: 24e6, isArithmetic: true }],
  ] as const)(
    'is refused for the bytes of %s, which would take the host more than its budget',
    async (_, about) => {
      const size = { width: 4_000, height: 2_500 };
      const { plan, accepted } = workOf(photo, '400x400');
      const header = { ...(await sharp(photo.bytes).metadata()), autoOrient: size };
      const facts = { size, header, options: {}, frames: 1, decodedFrames: 1, scans: 1, isArithmetic: false };
      const limits = { maxSide: 8_192, maxPixels: 50_000_000 };
      const input = { plan, overlays: new Map(), accepted, limits, faces: false };
      expect(costOfPlan({ ...input, source: { ...facts, ...about } }).mostExpensive).toBe('source');
      expect(() => affordableCost({ ...input, source: { ...facts, ...about } })).toThrow();
      const usual = { ...facts, ...about, sizeBytes: 2e6, isArithmetic: false };
      expect(affordableCost({ ...input, source: usual }).milliseconds).toBeLessThan(budgetMs);
    },
  );

  it('only for its search for faces crops by saliency', async () => {
    const large = { type: 'avif', size: { width: 8_000, height: 6_000 } } as const;
    const { plan, accepted } = workOf(photo, '400x400/smart');
    const header = { ...(await sharp(photo.bytes).metadata()), autoOrient: large.size };
    const source = {
      ...large,
      header,
      options: {},
      sizeBytes: 1,
      frames: 1,
      decodedFrames: 1,
      scans: 1,
      isArithmetic: false,
    };
    const limits = { maxSide: 8_192, maxPixels: 50_000_000 };
    const input = { plan, source, overlays: new Map(), accepted, limits, faces: true };
    expect(costOfPlan(input).milliseconds).toBeGreaterThan(budgetMs);
    expect(affordableCost(input).facesMilliseconds).toBe(0);
  });

  it('is never that of a plan that web pages use', async () => {
    const large = {
      bytes: await sharp({ create: { width: 6_000, height: 4_000, channels: 3, background: 'teal' } })
        .jpeg()
        .toBuffer(),
      mimeType: jpeg,
    };
    const shown = [
      ...[
        '400x300',
        '1600x1200/smart',
        'fit-in/2400x2400',
        'filters:format(webp)',
        'fit-in/1800x/filters:format(avif)',
      ],
      ...['800x600/filters:blur(20):modulate(10,10,10):sharpen(2)', 'meta/filters:blurhash():thumbhash()'],
      ...[
        'fit-in/1200x1200/filters:fill(blur)',
        `1000x/filters:watermark(${markKey},-10,-10,50,20):quality(80)`,
      ],
    ];
    for (const options of shown) {
      const { milliseconds } = await costOfWork(workOf(large, options), false);
      expect(milliseconds, options).toBeLessThan(budgetMs);
    }
  });
});
