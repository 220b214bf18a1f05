import type { Canvas } from '../canvas.ts';
import { engine } from '../engine.ts';
import { fade, layOver, startsOf } from './lay-over.ts';
import { passRate, type Step, type StepDefinition } from './step.ts';

/** Bounds the pixels of one label: a longer text is drawn smaller. */
const maxLabelPixels = 30_000_000;

/** Writes a text on an image. */
export const label: StepDefinition<Step<'label'>> = {
  rate: () => passRate + 2,
  apply: async (canvas, step) => {
    const affordable = Math.sqrt(maxLabelPixels / step.text.length);
    const sizePx = Math.max(1, Math.floor(Math.min(step.sizePx, canvas.height, affordable)));
    const text = `<span foreground="#${step.colour}">${escapeMarkup(step.text)}</span>`;
    // At 72 dots an inch a point is a pixel.
    const { data, info } = await engine({ text: { text, font: `sans ${sizePx}`, dpi: 72, rgba: true } })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const pixels = fade(data, step.opacity);
    const drawn: Canvas = { width, height, channels: 4, frames: 1, pixels, frameBox: info };
    const columns = startsOf(step.x, canvas.width, width);
    const rows = startsOf(step.y, canvas.height, height);
    return layOver(canvas, drawn, { columns, rows });
  },
};

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
