import type { ImagePlan } from '@bkend/storage-contract';

/** Request headers that change a rendition when the operator has enabled client hints. */
export const hintHeaders = ['Save-Data', 'Sec-CH-DPR', 'Sec-CH-Width'] as const;

type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

const maxDevicePixelRatio = 3;
const thriftyQuality = 50;

/** Widths are rounded up to a multiple of this, so that screens of similar widths share a rendition. */
const widthStepPx = 50;

/**
 * Applies client hints to a plan: sides are multiplied by the device's pixel ratio, a free width is that of the client's layout,
 * and `Save-Data` lowers the quality. Settings of the URL have precedence.
 */
export function applyHints(plan: ImagePlan, headers: RequestHeaders): ImagePlan {
  const ratio = readNumber(headers['sec-ch-dpr'], maxDevicePixelRatio) ?? 1;
  const layoutWidth = readNumber(headers['sec-ch-width'], 100_000);
  const times = (side: ImagePlan['width']) => (side === 'orig' ? side : Math.round(side * ratio));
  const unsized = plan.width === 0 && plan.height === 0;
  const width =
    unsized && layoutWidth !== undefined
      ? Math.ceil(layoutWidth / widthStepPx) * widthStepPx
      : times(plan.width);
  const saves = headers['save-data'] === 'on' && plan.output.quality === undefined && !plan.output.lossless;
  return {
    ...plan,
    width,
    height: times(plan.height),
    ...(saves && { output: { ...plan.output, quality: thriftyQuality } }),
  };
}

function readNumber(header: string | string[] | undefined, max: number): number | undefined {
  const value = typeof header === 'string' && /^\d{1,6}(?:\.\d{1,6})?$/.test(header) ? Number(header) : 0;
  return value > 0 ? Math.min(value, max) : undefined;
}
