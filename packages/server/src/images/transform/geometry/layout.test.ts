import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../../../test/images/golden-cases.ts';
import { type Layout, layOut } from './layout.ts';

const limits = { maxSide: 8192, maxPixels: 50_000_000 };

/** The part of the original that is seen, in its own pixels, and the size of the result. */
function seen(options: string, width: number, height: number): { crop: number[]; size: number[] } {
  const layout = layOut(planOf(options), { image: { width, height }, limits });
  const { part = { left: 0, top: 0, width, height }, scaled, size } = layout;
  const kept = layout.kept ?? { left: 0, top: 0, ...scaled };
  const [x, y] = [part.width / scaled.width, part.height / scaled.height];
  const crop = [
    part.left + kept.left * x,
    part.top + kept.top * y,
    part.left + (kept.left + kept.width) * x,
    part.top + (kept.top + kept.height) * y,
  ];
  return { crop: crop.map(Math.round), size: [size.width, size.height] };
}

describe('the geometry of an image', () => {
  it.each([
    ['400x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['300x300', 800, 600, [100, 0, 700, 600], [300, 300]],
    ['300x300/left', 800, 600, [0, 0, 600, 600], [300, 300]],
    ['300x300/right', 800, 600, [200, 0, 800, 600], [300, 300]],
    ['400x100/top', 800, 600, [0, 0, 800, 200], [400, 100]],
    ['400x100/bottom', 800, 600, [0, 400, 800, 600], [400, 100]],
    ['400x0', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['0x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['origx300', 800, 600, [0, 150, 800, 450], [800, 300]],
    ['stretch/300x300', 800, 600, [0, 0, 800, 600], [300, 300]],
    ['fit-in/300x300', 800, 600, [0, 0, 800, 600], [300, 225]],
    ['full-fit-in/300x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['adaptive-fit-in/300x400', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['adaptive-fit-in/400x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['adaptive-full-fit-in/300x400', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['adaptive-full-fit-in/100x50', 600, 800, [0, 0, 600, 800], [75, 100]],
    ['adaptive-fit-in/100x50', 600, 800, [0, 0, 600, 800], [50, 67]],
    ['adaptive-fit-in/100x50', 700, 700, [0, 0, 700, 700], [50, 50]],
    ['fit-in/1000x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['fit-in/300x1', 800, 600, [0, 0, 800, 600], [1, 1]],
    ['fit-in/-400x-300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['fit-in/origx300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['origxorig', 800, 600, [0, 0, 800, 600], [800, 600]],
    ['-x-', 800, 600, [0, 0, 800, 600], [800, 600]],
    ['0x0', 800, 600, [0, 0, 800, 600], [800, 600]],
    ['0x25', 666, 100, [0, 0, 666, 100], [166, 25]],
    ['fit-in/0x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['fit-in/200x0', 1600, 1067, [0, 0, 1600, 1067], [200, 133]],
    ['fit-in/0x200', 1067, 1600, [0, 0, 1067, 1600], [133, 200]],
    ['full-fit-in/200x0', 1600, 1069, [0, 0, 1600, 1069], [200, 134]],
    ['10x20:410x320', 800, 600, [10, 20, 410, 320], [400, 300]],
    ['10x20:410x320/200x150', 800, 600, [10, 20, 410, 320], [200, 150]],
    ['0.5x0.5:1x1/200x150', 800, 600, [400, 300, 800, 600], [200, 150]],
    ['700x500:5000x5000', 800, 600, [700, 500, 800, 600], [100, 100]],
    ['900x900:950x950/400x300', 800, 600, [0, 0, 800, 600], [400, 300]],
    ['300x200/filters:proportion(0.5)', 300, 200, [0, 0, 300, 200], [150, 100]],
  ])('%s of %ix%i', (options, width, height, crop, size) => {
    expect(seen(options, width, height)).toEqual({ crop, size });
  });

  it.each([
    ['2000x2000', [800, 600]],
    ['2000x300', [800, 300]],
    ['fit-in/2000x2000', [800, 600]],
    ['full-fit-in/2000x2000', [800, 600]],
    ['stretch/2000x300', [800, 300]],
    ['2000x0', [800, 600]],
  ])('%s never enlarges', (options, size) => {
    expect(seen(options, 800, 600).size).toEqual(size);
  });

  it.each([
    ['2000x2000', [2000, 2000]],
    ['fit-in/2000x2000', [2000, 1500]],
    ['full-fit-in/2000x1000', [2000, 1500]],
    ['stretch/2000x300', [2000, 300]],
    ['1600x0', [1600, 1200]],
  ])('%s enlarges when upscale() is there', (options, size) => {
    expect(seen(`${options}/filters:upscale()`, 800, 600).size).toEqual(size);
  });

  it.each([
    // One region: its centre, moved into the image.
    ['focal(600x100:800x300)', [200, 0, 800, 600]],
    ['focal(0x100:100x200)', [0, 0, 600, 600]],
    ['focal(0.45x0.1:0.55x0.2)', [100, 0, 700, 600]],
    ['focal(0.9,0.5)', [200, 0, 800, 600]],
    // Two: each weighs its area, here 3 to 1.
    ['focal(250x0:350x300):focal(450x0:550x100)', [50, 0, 650, 600]],
  ])('crops around %s', (focal, crop) => {
    expect(seen(`300x300/filters:${focal}`, 800, 600).crop).toEqual(crop);
  });

  it('leaves out regions that a crop has cut off, and moves the others', () => {
    expect(seen('400x0:800x600/300x600/filters:focal(0x0:100x100)', 800, 600).crop).toEqual([
      450, 0, 750, 600,
    ]);
    expect(seen('400x0:800x600/300x600/filters:focal(700x0:800x100)', 800, 600).crop).toEqual([
      500, 0, 800, 600,
    ]);
  });

  it.each([
    ['focal(9999x9999)', [200, 0, 800, 600]],
    ['focal(700x0:9000x600)', [200, 0, 800, 600]],
    // Half of the weight is far outside.
    ['focal(0x0:100x100):focal(2000x0:2100x100)', [200, 0, 800, 600]],
  ])('goes as far as the edge for %s, which lies beyond it', (focal, crop) => {
    expect(seen(`300x300/filters:${focal}`, 800, 600).crop).toEqual(crop);
    expect(seen(`300x300/smart/filters:${focal}`, 800, 600).crop).toEqual(crop);
  });

  it.each([
    ['filters:proportion(0.3)', [240, 180]],
    ['300x225/filters:proportion(0.3)', [90, 67]],
    ['fit-in/301x0/filters:proportion(0.5)', [150, 113]],
    ['filters:proportion(10)', [80, 60]],
    // Nothing would be left of a side.
    ['filters:proportion(0.001)', [800, 600]],
    ['filters:proportion(0.0000000001)', [800, 600]],
  ])('%s rounds down, and makes nothing of nothing', (options, size) => {
    expect(seen(options, 800, 600).size).toEqual(size);
  });

  it.each([
    ['15x400', 60, 800, { left: 7, top: 0 }],
    ['2x4', 6, 8, { left: 0, top: 0 }],
    ['400x15', 800, 60, { left: 0, top: 7 }],
    ['200x600', 350, 700, { left: 50, top: 0 }],
  ])(
    'keeps the nearer edge of %s of %ix%i, where the middle is half a pixel',
    (options, width, height, at) => {
      const { kept } = layOut(planOf(options), { image: { width, height }, limits });
      expect(kept).toMatchObject(at);
    },
  );

  it('counts a crop from the corner of the original, whatever was trimmed', () => {
    const trimmed = { left: 100, top: 50, width: 600, height: 500 };
    const part = (options: string) =>
      layOut(planOf(options), { image: { width: 800, height: 600 }, trimmed, limits }).part;
    expect(part('trim')).toEqual(trimmed);
    expect(part('trim/0x0:400x300')).toEqual({ left: 100, top: 50, width: 300, height: 250 });
    // Nothing of what is left lies in it.
    expect(part('trim/0x0:90x40')).toEqual(trimmed);
  });

  it('leaves the choice to the engine only when nothing says what matters', () => {
    const attention = (options: string) =>
      layOut(planOf(options), { image: { width: 800, height: 600 }, limits }).attention;
    expect(attention('300x300/smart')).toBe(true);
    expect(attention('300x300')).toBe(false);
    expect(attention('400x300/smart')).toBe(false);
    expect(attention('300x300/smart/filters:focal(0,0)')).toBe(false);
  });

  it('has a frame box with the sides that were given, for fill()', () => {
    const frameBox = (options: string) =>
      layOut(planOf(options), { image: { width: 800, height: 600 }, limits }).frameBox;
    expect(frameBox('fit-in/300x300')).toEqual({ width: 300, height: 300 });
    expect(frameBox('fit-in/300x0')).toEqual({ width: 300, height: 225 });
    expect(frameBox('fit-in/1000x1000')).toEqual({ width: 1000, height: 1000 });
  });

  const option = fc.constantFrom('', 'fit-in/', 'full-fit-in/', 'adaptive-fit-in/', 'stretch/');
  const side = fc.integer({ min: 0, max: 20_000 });
  const length = fc.integer({ min: 1, max: 20_000 });
  const filters = fc.constantFrom(
    '',
    '/filters:upscale()',
    '/filters:proportion(0.01)',
    '/filters:focal(0.2,0.9)',
    '/smart',
  );

  it('always lies within the image and the limits, and is never nothing', () => {
    fc.assert(
      fc.property(option, side, side, length, length, filters, (mode, w, h, width, height, more) => {
        const layout: Layout = layOut(planOf(`${mode}${w}x${h}${more}`), {
          image: { width, height },
          limits: { maxSide: 4000, maxPixels: 9_000_000 },
        });
        const { scaled, kept, size } = layout;
        for (const value of [size.width, size.height]) {
          expect(Number.isInteger(value) && value >= 1 && value <= 4000).toBe(true);
        }
        expect(size.width * size.height <= 9_000_000).toBe(true);
        if (kept) {
          expect(kept.left >= 0 && kept.top >= 0).toBe(true);
          expect(kept.left + kept.width <= scaled.width && kept.top + kept.height <= scaled.height).toBe(
            true,
          );
          expect([kept.width, kept.height]).toEqual([size.width, size.height]);
        } else if (!layout.attention) expect(scaled).toEqual(size);
        if (!more.includes('upscale')) {
          expect(size.width <= Math.max(width, 1) && size.height <= Math.max(height, 1)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
