import { describe, expect, it } from 'vitest';
import { cropBox, fillingBox, focalPoint, focus, pointsWithin } from './crop-box.ts';

const size = (text: string) => {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
};

/** Left, top, right and bottom of the part. */
function kept(
  source: string,
  target: string,
  { halign = 'center', valign = 'middle', regions = [] }: Partial<Focus> = {},
) {
  const points = regions.map(([left, top, right, bottom]) =>
    focalPoint(size(source), { left, top, right, bottom }),
  );
  const box = fillingBox(size(source), size(target), focus(size(source), points, { halign, valign }));
  return [box.left, box.top, box.left + box.width, box.top + box.height];
}

interface Focus {
  readonly halign: 'left' | 'center' | 'right';
  readonly valign: 'top' | 'middle' | 'bottom';
  readonly regions: readonly (readonly [number, number, number, number])[];
}

describe('the part of an image that fills a box', () => {
  it.each([
    ['800x600', '400x300', [0, 0, 800, 600]],
    ['801x600', '300x300', [100, 0, 700, 600]],
    ['803x600', '300x300', [101, 0, 701, 600]],
    ['800x601', '400x100', [0, 200, 800, 400]],
    ['800x603', '400x100', [0, 201, 800, 401]],
    ['600x800', '300x300', [0, 100, 600, 700]],
    ['1000x667', '333x100', [0, 183, 1000, 483]],
    ['4000x3000', '1x1', [500, 0, 3500, 3000]],
    // The width of a crop is rounded up.
    ['640x480', '160x121', [2, 0, 637, 480]],
    // Ratios that agree to two decimals are the same.
    ['300x200', '299x200', [0, 0, 300, 200]],
    ['300x200', '297x200', [2, 0, 299, 200]],
    // Halves of a pixel are rounded to the even one.
    ['1000x601', '100x100', [200, 0, 801, 601]],
    ['1002x601', '100x100', [200, 0, 801, 601]],
    ['1004x601', '100x100', [202, 0, 803, 601]],
  ])('of %s for %s', (source, target, box) => {
    expect(kept(source, target)).toEqual(box);
  });

  it.each([
    ['640x480', '100x333', { halign: 'left' }, [0, 0, 145, 480]],
    ['640x480', '100x333', { halign: 'right' }, [495, 0, 640, 480]],
    ['640x480', '100x333', { valign: 'bottom' }, [248, 0, 393, 480]],
    ['640x480', '333x50', { valign: 'top' }, [0, 0, 640, 96]],
    ['640x480', '333x50', { valign: 'bottom' }, [0, 384, 640, 480]],
    ['640x480', '333x50', { halign: 'left' }, [0, 192, 640, 288]],
  ] as const)('of %s for %s, aligned %j', (source, target, alignment, box) => {
    expect(kept(source, target, alignment)).toEqual(box);
  });

  it.each([
    ['one', '800x600', '300x300', [[100, 100, 200, 200]], [0, 0, 600, 600]],
    ['one at the far corner', '800x600', '400x100', [[700, 500, 800, 600]], [0, 400, 800, 600]],
    ['one of an odd size', '800x600', '150x300', [[301, 0, 304, 3]], [152, 0, 452, 600]],
    [
      'two alike',
      '800x600',
      '300x300',
      [
        [0, 0, 100, 100],
        [700, 500, 800, 600],
      ],
      [100, 0, 700, 600],
    ],
    [
      'two that weigh 1 to 4',
      '800x600',
      '300x300',
      [
        [0, 0, 100, 100],
        [600, 400, 800, 600],
      ],
      [200, 0, 800, 600],
    ],
    ['a point', '800x600', '300x600', [[0.5, 0.5, 0.5, 0.5]], [250, 0, 550, 600]],
  ] as const)('around regions that matter: %s', (_, source, target, regions, box) => {
    expect(kept(source, target, { regions })).toEqual(box);
  });
});

describe('the crop before scaling', () => {
  it.each([
    [
      [10, 20, 110, 220],
      [10, 20, 110, 220],
    ],
    [
      [0, 0, 9_999, 9_999],
      [0, 0, 800, 600],
    ],
    [
      [0.25, 0.5, 0.75, 1],
      [200, 300, 600, 600],
    ],
    [
      [0, 0, 1, 1],
      [0, 0, 800, 600],
    ],
    // One number above 1 makes all of them pixels.
    [
      [0, 0, 2, 1],
      [0, 0, 2, 1],
    ],
    // Nothing would be left.
    [
      [500, 0, 400, 600],
      [0, 0, 800, 600],
    ],
    [
      [800, 0, 900, 600],
      [0, 0, 800, 600],
    ],
  ] as const)('of %j is %j', ([left, top, right, bottom], box) => {
    const part = cropBox(size('800x600'), { left, top, right, bottom });
    expect([part.left, part.top, part.left + part.width, part.top + part.height]).toEqual(box);
  });

  it('keeps focal points inside it, its edges included, and no others', () => {
    const points = [
      { x: 100, y: 100, weight: 1 },
      { x: 400, y: 300, weight: 2 },
      { x: 401, y: 300, weight: 3 },
    ];
    const part = { left: 100, top: 100, width: 300, height: 200 };
    expect(pointsWithin(points, { part, cropped: true })).toEqual([
      { x: 0, y: 0, weight: 1 },
      { x: 300, y: 200, weight: 2 },
    ]);
  });
});
