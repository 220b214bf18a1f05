import { mapFrames, withAlpha } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Cuts the corners to quarters of an ellipse; the cut parts are transparent, or of a colour. */
export const roundCorner: StepDefinition<Step<'round-corner'>> = {
  filter: 'round_corner',
  rate: () => 3 * passRate + 26,
  shapeAfter: (shape, { colour }) => ({ ...shape, hasAlpha: colour === 'transparent' }),
  apply: async (canvas, { radiusX, radiusY, colour }) => {
    const { width, height } = canvas;
    const rect = `<rect width="${width}" height="${height}" rx="${radiusX}" ry="${radiusY}"/>`;
    const mask = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rect}</svg>`,
    );
    const cut = await mapFrames(await withAlpha(canvas), (frame) =>
      frame.composite([{ input: mask, blend: 'dest-in' }]),
    );
    if (colour === 'transparent') return cut;
    return mapFrames(cut, (frame) => frame.flatten({ background: `#${colour}` }));
  },
};
