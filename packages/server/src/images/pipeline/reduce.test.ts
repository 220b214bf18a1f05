import { defaultLimits } from '@bkend/storage-contract';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../test/images/difference.ts';
import { planOf } from '../../../test/images/golden-cases.ts';
import { animation, scenery } from '../../../test/images/pictures.ts';
import type { Canvas } from './canvas.ts';
import type { KeepReduced } from './reduce.ts';
import { render } from './render.ts';
import { inspectSource } from './source.ts';

const [width, height] = [2000, 1504];
const large = () => sharp(scenery(width, height));

const hole = Buffer.from(
  '<svg width="1200" height="900"><circle cx="600" cy="450" r="400" opacity="0.7"/></svg>',
);

const photographs = {
  plain: () => large().jpeg().toBuffer(),
  progressive: () => large().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  gray: () => large().grayscale().jpeg().toBuffer(),
  cmyk: () => large().toColourspace('cmyk').jpeg().toBuffer(),
  'with a wide profile': () => large().withIccProfile('p3').jpeg().toBuffer(),
  'stored on its side': () => large().rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'stored mirrored': () => large().flop().withMetadata({ orientation: 2 }).jpeg().toBuffer(),
  'partly transparent': () =>
    large()
      .composite([{ input: hole, blend: 'dest-out' }])
      .png()
      .toBuffer(),
  'with a palette': () => large().png({ palette: true }).toBuffer(),
  WebP: () => large().webp().toBuffer(),
  AVIF: () => large().avif({ effort: 0 }).toBuffer(),
} satisfies Record<string, () => Promise<Buffer>>;

const everyKind = ['200x', '120x220/smart', 'fit-in/640x640'];

const options = [
  ...everyKind,
  '222x167',
  '223x',
  '399x300',
  '-300x-200/right',
  'stretch/300x300',
  '300x200/filters:focal(1700x200:1900x500)',
  '300x/filters:orient(90)',
  '0.5x0:1x0.5/200x',
  'fit-in/300x300/filters:fill(blur):round_corner(20)',
];

/** As a process does that has kept nothing yet. */
function memory(): KeepReduced & { readonly made: number[] } {
  const copies = new Map<number, Promise<Canvas>>();
  const made: number[] = [];
  const keep: KeepReduced = (divisor, make) => {
    const known = copies.get(divisor);
    if (known) return known;
    made.push(divisor);
    const copy = make();
    copies.set(divisor, copy);
    return copy;
  };
  return Object.assign(keep, { made });
}

async function show(bytes: Buffer, asked: string, keepReduced?: KeepReduced): Promise<Buffer> {
  const plan = planOf(`${asked}${asked.includes('filters:') ? ':' : '/filters:'}format(png)`);
  const source = await inspectSource(bytes, { mimeType: 'image/jpeg', limits: defaultLimits, plan });
  const limits = { maxSide: 8192, maxPixels: 50_000_000 };
  const input = { plan, source, overlays: new Map(), accepted: [], limits };
  return (await render({ ...input, ...(keepReduced && { keepReduced }) })).bytes;
}

describe('small pictures of large photographs', () => {
  it.each(Object.entries(photographs))(
    'look as if each was made of the photograph itself: %s',
    async (kind, make) => {
      const photograph = await make();
      // This format is never reduced.
      const whole = await sharp(photograph)
        .autoOrient()
        .toColourspace('srgb')
        .tiff({ compression: 'lzw' })
        .toBuffer();
      for (const asked of kind === 'plain' ? options : everyKind) {
        const { sameSize, mean, worst } = await difference(
          await show(photograph, asked),
          await show(whole, asked),
        );
        expect(sameSize, asked).toBe(true);
        expect(mean, asked).toBeLessThan(1.5);
        // What draws attention may be found a pixel beside.
        if (!asked.includes('smart')) expect(worst, asked).toBeLessThan(8);
      }
    },
  );

  it('have the same bytes whatever was made before', async () => {
    const photograph = await photographs.plain();
    const kept = memory();
    const one = await Promise.all(options.map((asked) => show(photograph, asked, kept)));
    const other = await Promise.all(options.toReversed().map((asked) => show(photograph, asked, kept)));
    const alone = await Promise.all(options.map((asked) => show(photograph, asked)));
    expect(one.map((bytes, at) => bytes.equals(alone[at] ?? bytes))).toEqual(options.map(() => true));
    expect(other.reverse().map((bytes, at) => bytes.equals(alone[at] ?? bytes))).toEqual(
      options.map(() => true),
    );
  });

  it.each([
    ['200x', [9]],
    ['222x', [9]],
    ['223x', [5]],
    ['399x', [5]],
    ['666x', [3]],
    ['667x', []],
    ['0.5x0:1x0.5/200x', []],
  ])('begin, at %s, from the copies %j', async (asked, made) => {
    const kept = memory();
    await show(await photographs.plain(), asked, kept);
    expect(kept.made).toEqual(made);
  });

  it('begin from one copy for all sizes where a photograph is always decoded as a whole', async () => {
    const kept = memory();
    const photograph = await photographs.WebP();
    for (const asked of ['100x', '300x', '666x', '667x']) await show(photograph, asked, kept);
    expect(kept.made).toEqual([3]);
  });

  it.each([
    ['small', () => sharp(scenery(1600, 1200)).jpeg().toBuffer()],
    ['animated', () => animation('webp', 2000, 1504)],
    ['a TIFF, which has pages', () => large().tiff().toBuffer()],
    ['of 16 bits', () => large().toColourspace('rgb16').png().toBuffer()],
  ])('are made of the picture itself where it is %s', async (_, make) => {
    const kept = memory();
    await show(await make(), '100x', kept);
    expect(kept.made).toEqual([]);
  });

  it('refuse what is cut off, as larger ones do', async () => {
    const photograph = await photographs.plain();
    const broken = photograph.subarray(0, photograph.length / 2);
    const kept = memory();
    await expect(show(broken, '100x', kept)).rejects.toMatchObject({ code: 'file/invalid-format' });
    await expect(show(broken, '1000x', kept)).rejects.toMatchObject({ code: 'file/invalid-format' });
  });
});
