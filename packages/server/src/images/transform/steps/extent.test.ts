import { describe, expect, it } from 'vitest';
import { applyStep } from '../../../../test/images/apply-step.ts';
import type { Canvas } from '../canvas.ts';

const red = [255, 0, 0];
const blue = [0, 0, 255];

/** One row of pixels, with the frame box that `fill()` fills. */
function row(
  colours: readonly (readonly number[])[],
  frameBox = { width: colours.length, height: 1 },
): Canvas {
  const pixels = Buffer.from(colours.flat());
  return { width: colours.length, height: 1, frames: 1, channels: 3, pixels, frameBox };
}

function pixelsOf({ pixels, channels }: Canvas): number[][] {
  return Array.from({ length: pixels.length / channels }, (_, at) => [
    ...pixels.subarray(at * channels, (at + 1) * channels),
  ]);
}

describe('fill()', () => {
  it.each([
    ['auto', red],
    ['auto-bottom-right', blue],
    ['00ff00', [0, 255, 0]],
  ])('with %s extends the image to its frame box', async (fill, colour) => {
    const filled = await applyStep(row([red, blue], { width: 4, height: 1 }), { do: 'fill', fill });
    expect(pixelsOf(filled)).toEqual([colour, red, blue, colour]);
  });

  it('has the colour of the corner as well where padding follows', async () => {
    const fill = 'auto-bottom-right';
    const filled = await applyStep(row([red, blue], { width: 4, height: 1 }), { do: 'fill', fill });
    const sides = { left: 1, top: 0, right: 0, bottom: 0 };
    expect(pixelsOf(await applyStep(filled, { do: 'pad', fill, sides }))).toEqual([
      blue,
      blue,
      red,
      blue,
      blue,
    ]);
  });
});

describe('crop() after scaling', () => {
  const green = [0, 255, 0];
  const image = row([red, green, blue, red]);

  it.each([
    [{ left: 1, width: 2 }, [green, blue]],
    [{ left: 2, width: 9 }, [blue, red]],
    [{ left: 0.5, width: 0.25, relative: true }, [blue]],
    [{ left: 0, width: 1, relative: true }, [red, green, blue, red]],
    // A share beside pixels is a share all the same.
    [{ left: 1, width: 0.5 }, [green, blue]],
    // Nothing would be left.
    [{ left: 4, width: 2 }, [red, green, blue, red]],
    [{ left: 40, width: 2 }, [red, green, blue, red]],
  ])('by %j keeps the part that lies on the image', async (across, colours) => {
    const crop = { top: 0, height: 1, relative: false, ...across };
    const cut = await applyStep(image, { do: 'crop', ...crop });
    expect(pixelsOf(cut)).toEqual(colours);
  });
});
