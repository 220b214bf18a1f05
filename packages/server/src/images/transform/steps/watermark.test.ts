import { defaultLimits, type ImageStep } from '@bkend/storage-contract';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { applyStep } from '../../../../test/images/apply-step.ts';
import type { Canvas } from '../canvas.ts';
import { Original } from '../original.ts';
import { inspectSource, type Source } from '../source.ts';
import { overlayPart } from './overlay.ts';

const size = (text: string) => {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
};

const pixels = (value: number, far = false) => ({ kind: 'pixels', value, far }) as const;
const step: Extract<ImageStep, { do: 'watermark' }> = {
  do: 'watermark',
  key: 'k',
  x: pixels(0),
  y: pixels(0),
  opacity: 1,
};

const limits = { maxSide: 5_000, maxPixels: 10_000_000 };

describe('the size of a watermark', () => {
  it.each([
    ['800x600', '300x200', {}, '300x200'],
    ['800x600', '1200x900', {}, '1200x900'],
    // One share alone leaves the other side free.
    ['800x600', '1200x900', { width: 0.5 }, '400x300'],
    ['800x600', '300x500', { width: 0.5 }, '400x667'],
    ['800x600', '300x500', { width: 3 }, '2400x4000'],
    ['600x800', '700x400', { height: 0.25 }, '350x200'],
    // Two shares are a box that it stays inside of.
    ['800x600', '1200x900', { width: 0.25, height: 0.5 }, '200x150'],
    ['800x600', '300x500', { width: 0.25, height: 0.5 }, '180x300'],
    ['600x600', '500x300', { width: 1, height: 1 }, '600x360'],
    ['600x600', '500x300', { width: 3, height: 0.25 }, '250x150'],
    ['600x600', '900x900', { width: 0.3333 }, '199x199'],
    ['800x600', '300x300', { height: 0.005 }, '3x3'],
    ['10x10', '300x1', { width: 0.01 }, '1x1'],
    // The limits of an image hold for it as well.
    ['800x600', '100x1000', { width: 1 }, '500x5000'],
  ])('on %s of %s with %j is %s', (image, overlay, shares, expected) => {
    const part = overlayPart(size(image), { ...step, ...shares }, { natural: size(overlay), limits });
    expect(part?.size).toEqual(size(expected));
  });
});

describe('the visible part of a watermark', () => {
  it.each([
    ['all of a smaller one', '300x200', {}, { left: 0, top: 0, width: 300, height: 200 }],
    ['the beginning of a larger one', '900x700', {}, { left: 0, top: 0, width: 800, height: 600 }],
    [
      'its middle',
      '1000x700',
      { x: { kind: 'center' }, y: { kind: 'center' } },
      { left: 100, top: 50, width: 800, height: 600 },
    ],
    [
      'its end, short of the edge',
      '1000x700',
      { x: pixels(10, true), y: pixels(100, true) },
      { left: 210, top: 200, width: 790, height: 500 },
    ],
    [
      'the part that fits, repeated',
      '900x50',
      { x: { kind: 'repeat' } },
      { left: 0, top: 0, width: 800, height: 50 },
    ],
  ] as const)('is %s', (_, overlay, position, visible) => {
    expect(
      overlayPart(size('800x600'), { ...step, ...position }, { natural: size(overlay), limits })?.visible,
    ).toEqual(visible);
  });

  it('is nothing beyond the image', () => {
    const part = overlayPart(
      size('800x600'),
      { ...step, x: pixels(800) },
      { natural: size('900x9'), limits },
    );
    expect(part).toBeUndefined();
  });
});

describe('a watermark larger than the image', () => {
  const image: Canvas = {
    width: 40,
    height: 30,
    frames: 1,
    channels: 3,
    pixels: Buffer.alloc(40 * 30 * 3),
    frameBox: { width: 40, height: 30 },
  };
  const red = [255, 0, 0];
  const blue = [0, 0, 255];

  /** Red on its left, blue on its right. */
  async function halves(): Promise<Source> {
    const half = sharp({ create: { width: 50, height: 100, channels: 3, background: '#ff0000' } });
    const bytes = await half.extend({ right: 50, background: '#0000ff' }).png().toBuffer();
    return inspectSource(new Original(async () => bytes), {
      mimeType: 'image/png',
      limits: defaultLimits,
      plan: {},
    });
  }

  it.each([
    [{}, red, red],
    [{ x: pixels(0, true) }, blue, blue],
    [{ x: { kind: 'center' } }, red, blue],
    [{ width: 1, height: 1 }, red, [0, 0, 0]],
    [{ width: 3 }, red, red],
    [{ width: 3, x: pixels(0, true), y: pixels(0, true) }, blue, blue],
  ] as const)('is not made smaller than %j asks for', async (position, first, last) => {
    const laid = await applyStep(image, { ...step, ...position }, new Map([['k', await halves()]]));
    expect([laid.width, laid.height, laid.channels]).toEqual([40, 30, 3]);
    expect([...laid.pixels.subarray(0, 3)]).toEqual(first);
    expect([...laid.pixels.subarray(-3)]).toEqual(last);
  });
});
