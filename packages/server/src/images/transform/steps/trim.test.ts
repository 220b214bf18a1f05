import { describe, expect, it } from 'vitest';
import { applyStep } from '../../../../test/images/apply-step.ts';
import type { Canvas } from '../canvas.ts';

const white = [255, 255, 255];
const gray = [250, 250, 250];
const red = [255, 0, 0];
const blue = [0, 0, 255];

/** Wide enough for the median of libvips to keep it. */
const stripePx = 4;

/** Upright stripes. */
function stripes(colours: readonly (readonly number[])[], frames = 1): Canvas {
  const row = colours.flatMap((colour) => Array.from({ length: stripePx }, () => colour).flat());
  const height = 8;
  const pixels = Buffer.from(Array.from({ length: frames * height }, () => row).flat());
  return {
    width: colours.length * stripePx,
    height,
    frames,
    channels: 3,
    pixels,
    frameBox: { width: 99, height: 99 },
  };
}

describe('trim() after other steps', () => {
  it.each([
    ['top-left', 0, [white, red, blue, white], [red, blue]],
    ['top-left', 0, [white, gray, red, blue], [gray, red, blue]],
    ['top-left', 20, [white, gray, red, blue], [red, blue]],
    ['bottom-right', 0, [white, red, blue, blue], [white, red]],
    // There would be nothing left.
    ['top-left', 0, [white, white, white], [white, white, white]],
    ['bottom-right', 20, [gray, white, white], [gray, white, white]],
  ] as const)('from the %s, with tolerance %i, of %j', async (from, tolerance, before, after) => {
    const trimmed = await applyStep(stripes(before), { do: 'trim', from, tolerance });
    expect(trimmed.pixels).toEqual(stripes(after).pixels);
    expect([trimmed.width, trimmed.height]).toEqual([after.length * stripePx, 8]);
  });

  it('makes the frame box of the steps that follow as small as the image', async () => {
    const { frameBox } = await applyStep(stripes([white, red, white]), {
      do: 'trim',
      from: 'top-left',
      tolerance: 0,
    });
    expect(frameBox).toEqual({ width: stripePx, height: 8 });
  });

  it('leaves an animation unchanged', async () => {
    const moving = stripes([white, red, white], 2);
    expect(await applyStep(moving, { do: 'trim', from: 'top-left', tolerance: 0 })).toBe(moving);
  });

  it('leaves an image unchanged that is too small for a border', async () => {
    const pixels = Buffer.from([...white, ...red]);
    const tiny: Canvas = { ...stripes([]), width: 2, height: 1, pixels };
    expect(await applyStep(tiny, { do: 'trim', from: 'top-left', tolerance: 0 })).toBe(tiny);
  });
});
