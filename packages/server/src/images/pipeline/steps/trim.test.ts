import { describe, expect, it } from 'vitest';
import type { Canvas } from '../canvas.ts';
import { trimCanvas } from './trim.ts';

const white = [255, 255, 255];
const gray = [250, 250, 250];
const red = [255, 0, 0];
const blue = [0, 0, 255];

/** Wide enough that libvips does not take it for noise. */
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
    room: { width: 99, height: 99 },
  };
}

describe('a trim after other steps', () => {
  it.each([
    ['top-left', 0, [white, red, blue, white], [red, blue]],
    ['top-left', 0, [white, gray, red, blue], [gray, red, blue]],
    ['top-left', 20, [white, gray, red, blue], [red, blue]],
    ['bottom-right', 0, [white, red, blue, blue], [white, red]],
    // There would be nothing left.
    ['top-left', 0, [white, white, white], [white, white, white]],
    ['bottom-right', 20, [gray, white, white], [gray, white, white]],
  ] as const)('from the %s, with tolerance %i, of %j', async (from, tolerance, before, after) => {
    const trimmed = await trimCanvas(stripes(before), { do: 'trim', from, tolerance });
    expect(trimmed.pixels).toEqual(stripes(after).pixels);
    expect([trimmed.width, trimmed.height]).toEqual([after.length * stripePx, 8]);
  });

  it('is all there is for what follows to fill', async () => {
    const { room } = await trimCanvas(stripes([white, red, white]), {
      do: 'trim',
      from: 'top-left',
      tolerance: 0,
    });
    expect(room).toEqual({ width: stripePx, height: 8 });
  });

  it('leaves an animation as it is', async () => {
    const moving = stripes([white, red, white], 2);
    expect(await trimCanvas(moving, { do: 'trim', from: 'top-left', tolerance: 0 })).toBe(moving);
  });

  it('leaves what is too small to have a border', async () => {
    const pixels = Buffer.from([...white, ...red]);
    const tiny: Canvas = { ...stripes([]), width: 2, height: 1, pixels };
    expect(await trimCanvas(tiny, { do: 'trim', from: 'top-left', tolerance: 0 })).toBe(tiny);
  });
});
