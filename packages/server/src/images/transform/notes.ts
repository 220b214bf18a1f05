import type { ImageFormat } from '@bkend/storage-contract';
import { trims } from './decode.ts';
import { isJpegTiff } from './encode.ts';
import type { Reached } from './max-bytes.ts';
import type { RenderInput, RenditionNotes } from './rendition.ts';

export interface Made {
  readonly format: ImageFormat;
  readonly hasAlpha: boolean;
  readonly reached?: Reached;
}

/** Undefined where there is nothing to tell. */
export function notesOf(input: RenderInput, made: Made): RenditionNotes | undefined {
  const { reached } = made;
  const ignored = ignoredIn(input, made);
  const frames = framesNote(input);
  if (ignored.length === 0 && frames === undefined && reached === undefined) return undefined;
  return {
    ...(ignored.length > 0 && { ignored }),
    ...(frames !== undefined && { frames }),
    ...(reached && { maxBytes: reachedNote(reached) }),
  };
}

function reachedNote({ isMet, quality, colours }: Reached): string {
  const by =
    quality !== undefined ? `; quality=${quality}` : colours !== undefined ? `; colours=${colours}` : '';
  return `${isMet ? 'met' : 'exceeded'}${by}`;
}

/** Frames that the URL itself leaves out are no news. */
export function framesNote({ plan, source }: Pick<RenderInput, 'plan' | 'source'>): string | undefined {
  const { ownFrames, frames } = source;
  if (ownFrames === undefined || plan.page !== undefined) return undefined;
  const asked = ownFrames === 'unknown' ? ownFrames : Math.min(ownFrames, plan.maxFrames ?? ownFrames);
  if (asked === frames) return undefined;
  return `${frames}/${ownFrames === 'unknown' ? '*' : ownFrames}`;
}

function ignoredIn({ plan, source }: RenderInput, { format, hasAlpha, reached }: Made): string[] {
  const { quality, lossless, format: named } = plan.output;
  const isTrimmed = plan.trim !== undefined || plan.steps.some((step) => step.do === 'trim');
  const isAnimated = source.frames > 1;
  const pages = source.header.pages ?? 1;
  const facts: Readonly<Record<string, boolean>> = {
    trim: isTrimmed && (isAnimated || (plan.trim !== undefined && !trims(source, plan))),
    smart: plan.smart && isAnimated && plan.mode === 'fill',
    page: plan.page !== undefined && plan.page > pages,
    format: named !== undefined && named !== format,
    quality: quality !== undefined && !hasQuality(format, { lossless, hasAlpha }),
    lossless: lossless && (format === 'jpeg' || format === 'gif'),
    max_bytes: reached !== undefined && !reached.isMet,
  };
  return Object.entries(facts).flatMap(([name, isIgnored]) => (isIgnored ? [name] : []));
}

function hasQuality(format: ImageFormat, facts: { lossless: boolean; hasAlpha: boolean }): boolean {
  if (format === 'png' || format === 'gif') return false;
  if (format === 'tiff') return isJpegTiff(facts);
  return !facts.lossless || format === 'jpeg';
}
