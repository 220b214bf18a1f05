import { defaultLimits, type ImagePlan } from '@bkend/storage-contract';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../test/images/difference.ts';
import { planOf } from '../../../test/images/golden-cases.ts';
import { animation, scenery } from '../../../test/images/sample-images.ts';
import { Original } from './original.ts';
import { render } from './render.ts';
import { inspectSource } from './source.ts';

const limits = { maxSide: 8192, maxPixels: 50_000_000 };

async function show(bytes: Buffer, options: string, mimeType = 'image/png'): Promise<Buffer> {
  const plan = planOf(options);
  const source = await inspectSource(new Original(async () => bytes), {
    ...{ mimeType, limits: defaultLimits },
    plan,
  });
  return (await render({ plan, source, overlays: new Map(), accepted: [], limits })).bytes;
}

/** The same in runs of libvips of their own, one after the other: turned, cut, scaled to cover, cut, flipped. */
async function showStepByStep(bytes: Buffer, plan: ImagePlan): Promise<Buffer> {
  const step = async (image: Buffer, work: (image: Sharp) => Sharp) => work(sharp(image)).png().toBuffer();
  let image = await step(bytes, (each) => each.rotate(plan.orientDegrees));
  const { crop } = plan;
  if (crop) {
    const [left, top] = [crop.left, crop.top];
    const size = { width: crop.right - left, height: crop.bottom - top };
    image = await step(image, (each) => each.extract({ left, top, ...size }));
  }
  const [width, height] = [plan.width as number, plan.height as number];
  const position = plan.halign === 'center' ? plan.valign : plan.halign;
  image = await step(image, (each) => each.resize(width, height, { fit: 'cover', position }));
  return step(image, (each) => each.flop(plan.flipX).flip(plan.flipY));
}

describe('what is cut out', () => {
  const flips = ['90x60', '-90x60', '90x-60', '-90x-60'];
  const cuts = ['', '40x10:180x120/'];
  const sides = ['left', 'right'];
  const turns = [0, 90, 180, 270];
  const cases = turns.flatMap((turn) =>
    cuts.flatMap((cut) =>
      flips.flatMap((flip) => sides.map((side) => `${cut}${flip}/${side}/filters:orient(${turn})`)),
    ),
  );

  it('is what is there before it is flipped, and after it is turned', async () => {
    const bytes = await sharp(scenery(240, 200)).png().toBuffer();
    for (const options of cases) {
      const shown = await show(bytes, `${options}:format(png)`);
      const { sameSize, mean } = await difference(shown, await showStepByStep(bytes, planOf(options)));
      expect({ options, sameSize }).toEqual({ options, sameSize: true });
      expect(mean, options).toBeLessThan(3);
    }
  });
});

describe('an animation', () => {
  const framesOf = async (bytes: Buffer) => {
    const { data, info } = await sharp(bytes, { animated: true }).raw().toBuffer({ resolveWithObject: true });
    const { pageHeight = 0 } = await sharp(bytes, { animated: true }).metadata();
    const at = (frame: number) => [
      ...data.subarray(frame * pageHeight * info.width * info.channels).subarray(0, 3),
    ];
    return {
      size: [info.width, pageHeight],
      colours: [at(0), at(1), at(2)].map((rgb) => rgb.map((c) => Number(c > 127))),
    };
  };

  it.each(['60x-40', '-60x-40/filters:grayscale():invert():invert()', '60x-40/left'])(
    'keeps the order of its frames, turned over as %s',
    async (options) => {
      const separator = options.includes('filters') ? ':' : '/filters:';
      const shown = await show(await animation('gif'), `${options}${separator}format(gif)`, 'image/gif');
      const { size, colours } = await framesOf(shown);
      expect(size).toEqual([60, 40]);
      if (!options.includes('grayscale'))
        expect(colours).toEqual([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]);
    },
  );

  it('is turned frame by frame', async () => {
    const shown = await show(await animation('gif'), '60x/filters:orient(90):format(gif)', 'image/gif');
    expect((await framesOf(shown)).size).toEqual([60, 90]);
  });
});
