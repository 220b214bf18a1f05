import type { ImagePlan, Limits } from '@bkend/storage-contract';
import type { SharpOptions } from 'sharp';
import { strictly } from './engine.ts';
import type { Size } from './geometry/size.ts';
import type { Header, Original } from './original.ts';
import { requireType, type SourceType, tooManyPixels, unreadable } from './source-type.ts';

/** An original whose header has been read and accepted for decoding; no pixel is decoded yet. */
export interface Source {
  readonly original: Original;
  /** Size of the file. */
  readonly sizeBytes: number;
  readonly type: SourceType;
  /** Options for decoding. */
  readonly options: SharpOptions;
  readonly header: Header;
  /** Upright, as EXIF orients it. */
  readonly size: Size;
  /** Frames to be decoded; more than one makes an animation. */
  readonly frames: number;
}

/** The facts about an image from its first bytes and its header. */
export type Examined = Omit<Source, 'original'>;

export interface ExamineInput {
  /** The type on record. */
  readonly mimeType: string;
  readonly limits: Limits;
  readonly plan: Pick<ImagePlan, 'page' | 'maxFrames'>;
}

/** At most this number of frames is decoded, however small they are. */
const maxFrames = 300;

/**
 * Reads the header alone, and refuses everything that should not be decoded: a file that is no image, a document with the type of
 * an image, and too many pixels over all frames.
 * @throws `file/invalid-format`, `file/file-too-large`
 */
export async function inspectSource(original: Original, input: ExamineInput): Promise<Source> {
  const kind = await original.kind();
  const type = requireType(kind, input.mimeType);
  const header = await original.header().catch(unreadable);
  return { original, ...examine({ type, sizeBytes: kind.sizeBytes, header }, input) };
}

/** @throws `file/file-too-large` */
export function examine(
  { type, sizeBytes, header }: Pick<Examined, 'type' | 'sizeBytes' | 'header'>,
  { limits, plan }: Pick<ExamineInput, 'limits' | 'plan'>,
): Examined {
  const base: SharpOptions = { ...strictly, limitInputPixels: limits.maxSourceImagePixels };
  const { width, height } = header.autoOrient;
  if (width * height > limits.maxSourceImagePixels) throw tooManyPixels(limits.maxSourceImagePixels);
  const pages = header.pages ?? 1;
  const page = Math.min(plan.page ?? 1, pages) - 1;
  const animated = (type === 'gif' || type === 'webp') && plan.page === undefined;
  const affordable = Math.floor(limits.maxSourceImagePixels / (width * height));
  const frames = animated ? Math.max(1, Math.min(pages, plan.maxFrames ?? pages, maxFrames, affordable)) : 1;
  const options = { ...base, ...(frames > 1 ? { pages: frames } : page > 0 && { page }) };
  return { sizeBytes, type, options, header, size: { width, height }, frames };
}
