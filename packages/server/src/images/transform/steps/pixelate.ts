import { mapFrameCanvases, open, read } from '../canvas.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

export const pixelate: StepDefinition<Step<'pixelate'>> = {
  rate: () => passRate + 9,
  apply: (canvas, { sizePx }) =>
    mapFrameCanvases(canvas, async (frame) => {
      const { width, height } = frame;
      const columns = Math.max(1, Math.round(width / sizePx));
      const rows = Math.max(1, Math.round(height / sizePx));
      const small = await read(open(frame).resize(columns, rows, { fit: 'fill' }), frame);
      return read(open(small).resize(width, height, { fit: 'fill', kernel: 'nearest' }), frame);
    }),
};
