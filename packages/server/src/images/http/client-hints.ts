import type { ImagePlan } from '@bkend/storage-contract';

/** Request headers that change a picture when whoever runs the service has switched them on. */
export const hintHeaders = ['Save-Data', 'Sec-CH-DPR', 'Sec-CH-Width'] as const;

type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

const maxDevicePixelRatio = 3;
const thriftyQuality = 50;

/** Widths are rounded up to a multiple of this, so that screens that nearly agree share a result. */
const widthStepPx = 50;

/**
 * The plan as the client's hints change it: sides times the device's pixels, the width the client knows where the URL
 * leaves it free, and fewer bytes where data is to be saved. What the URL says of a thing stands.
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
