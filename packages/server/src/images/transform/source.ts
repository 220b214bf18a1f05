import type { ImagePlan, Limits } from '@bkend/storage-contract';
import type { SharpOptions } from 'sharp';
import { readTiffFacts } from '../formats/tiff.ts';
import { strictly } from './engine.ts';
import type { Size } from './geometry/size.ts';
import type { Kind, SourceType } from './kind.ts';
import type { Header, Original } from './original.ts';
import { damaged, requireType, tooManyPixels, unsupported } from './source-type.ts';

/** An original whose header has been read and accepted for decoding; no pixel is decoded yet. */
export interface Source {
  readonly original: Original;
  /** Size of the file. */
  readonly sizeBytes: number;
  readonly type: SourceType;
  /** Options for decoding. */
  readonly options: SharpOptions;
  /** That of the page which is shown. */
  readonly header: Header;
  /** Upright, as EXIF orients it. */
  readonly size: Size;
  /** Frames of the rendition; more than one makes an animation. */
  readonly frames: number;
  /** Frames that are decoded: more than `frames` where the limits drop some of them, evenly. */
  readonly decodedFrames: number;
  /** Frames of the file, where it is an animation. */
  readonly ownFrames?: number | 'unknown' | undefined;
  /** The fourth channel of a TIFF is no transparency. */
  readonly dropsAlpha?: boolean;
}

/** The facts about an image from its first bytes and its header. */
export type Examined = Omit<Source, 'original'>;

export interface ExamineInput {
  /** The type on record. */
  readonly mimeType: string;
  readonly limits: Limits;
  readonly plan: Pick<ImagePlan, 'page' | 'maxFrames'>;
}

/** At most this number of frames is shown, however small they are. */
const maxFrames = 300;

/** Formats whose pages are frames of one size. */
const movingTypes: ReadonlySet<SourceType> = new Set(['gif', 'webp']);

/**
 * Reads the header alone, and refuses everything that should not be decoded: a file that is no image, a document with the type of
 * an image, and too many pixels.
 * @throws `file/invalid-format`, `file/unsupported-image`, `file/file-too-large`
 */
export async function inspectSource(original: Original, input: ExamineInput): Promise<Source> {
  const kind = await original.kind();
  const type = requireType(kind, input.mimeType);
  const header = await headerOf(original, type, input.plan).catch((error: unknown) => damaged(type, error));
  const examined = examine({ type, kind, header }, input);
  if (type !== 'tiff') return { original, ...examined };
  const facts = readTiffFacts(await original.bytes(), pageOf(header, input.plan));
  if (facts?.isMisread) throw unsupported('TIFF with old-style JPEG, or with YCbCr that is not JPEG');
  if (!facts?.hasUnspecifiedSamples || !header.hasAlpha) return { original, ...examined };
  return { original, ...examined, header: { ...header, hasAlpha: false }, dropsAlpha: true };
}

/** The header of the page that a plan shows. */
export async function headerOf(
  original: Original,
  type: SourceType,
  plan: ExamineInput['plan'],
): Promise<Header> {
  const first = await original.header();
  const page = pageOf(first, plan);
  return page === 0 || movingTypes.has(type)
    ? first
    : { ...(await original.header(page)), ...pagesOf(first) };
}

function pagesOf({ pages }: Header): Pick<Header, 'pages'> {
  return pages === undefined ? {} : { pages };
}

/** From 0; the last one where the plan asks for one beyond. */
function pageOf({ pages = 1 }: Header, plan: ExamineInput['plan']): number {
  return Math.min(plan.page ?? 1, pages) - 1;
}

export interface ReadFacts {
  readonly type: SourceType;
  readonly kind: Kind;
  readonly header: Header;
}

/** @throws `file/file-too-large` */
export function examine(
  { type, kind, header }: ReadFacts,
  { limits, plan }: Pick<ExamineInput, 'limits' | 'plan'>,
): Examined {
  const maxPixels = limits.maxSourceImagePixels;
  const { width, height } = header.autoOrient;
  // A drawing has no pixels until it is drawn.
  if (type !== 'svg' && width * height > maxPixels) throw tooManyPixels(maxPixels);
  const page = pageOf(header, plan);
  const { pages = 1 } = header;
  const isMoving = movingTypes.has(type) && pages > 1;
  const wanted = isMoving && plan.page === undefined ? Math.min(pages, plan.maxFrames ?? pages) : 1;
  const affordable = Math.max(1, Math.floor(maxPixels / (width * height)));
  const frames = Math.min(wanted, maxFrames, affordable);
  const decodedFrames = frames > 1 ? wanted : 1;
  const options: SharpOptions = {
    ...strictly,
    // One frame at a time is in memory.
    limitInputPixels: maxPixels * decodedFrames,
    ...(kind.lacksEndMark && { failOn: 'warning' }),
    ...(frames > 1 ? { pages: decodedFrames } : page > 0 && { page }),
  };
  const ownFrames = isMoving ? pages : kind.unreadFrames;
  const { sizeBytes } = kind;
  return { sizeBytes, type, options, header, size: { width, height }, frames, decodedFrames, ownFrames };
}

/** The first frame alone, or the page that is shown. */
export function stillOf(source: Source): Source {
  return { ...source, frames: 1, decodedFrames: 1, options: { ...source.options, pages: 1 } };
}
