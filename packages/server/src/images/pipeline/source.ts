import { type ImagePlan, type Limits, StorageError } from '@bkend/storage-contract';
import type { SharpOptions } from 'sharp';
import { essenceOf } from '../../files/mime-type.ts';
import type { Size } from '../geometry/size.ts';
import type { SourceType } from './detect-type.ts';
import { strictly } from './engine.ts';
import type { Header, Kind, Original } from './original.ts';

/** A picture whose header has been looked at and found fit for decoding; no pixel has been touched. */
export interface Source {
  readonly original: Original;
  /** Of the file. */
  readonly sizeBytes: number;
  readonly type: SourceType;
  /** As decoding is to begin. */
  readonly options: SharpOptions;
  readonly header: Header;
  /** Upright: as EXIF says it is to be seen. */
  readonly size: Size;
  /** Frames that will be decoded; more than one makes an animation. */
  readonly frames: number;
}

/** What is known of a picture by its first bytes and its header. */
export type Examined = Omit<Source, 'original'>;

export interface ExamineInput {
  /** What the file says it is. */
  readonly mimeType: string;
  readonly limits: Limits;
  readonly plan: Pick<ImagePlan, 'page' | 'maxFrames'>;
}

/** However small the frames are, more of them than this are not decoded. */
const maxFrames = 300;

/** Text grows under a parser more than pixels do. */
const maxSvgBytes = 4 * 1024 * 1024;

/**
 * Reads the header alone and refuses what should not be decoded: what is no picture, what is a document that calls itself
 * one, and what would be too many pixels over all frames.
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

/**
 * One raster format under another's name is harmless and common. A document under a picture's name, or a picture under a
 * document's, is neither.
 * @throws `file/invalid-format`, `file/file-too-large`
 */
export function requireType(
  { type, sizeBytes }: Pick<Kind, 'type' | 'sizeBytes'>,
  mimeType: string,
): SourceType {
  const claimed = essenceOf(mimeType);
  if (type === undefined) throw notAPicture('This file cannot be read as a picture.');
  if (type === 'heic')
    throw notAPicture('HEIC cannot be read: store JPEG, PNG, WebP, AVIF, GIF, TIFF or SVG.');
  const claimsSvg = claimed.startsWith('image/svg');
  if (!claimed.startsWith('image/') && claimed !== 'application/octet-stream') {
    throw notAPicture(`This file says it is ${claimed}, which is no picture.`);
  }
  if ((type === 'svg') !== claimsSvg) {
    throw notAPicture(`This file says it is ${claimed}, and its bytes are ${type === 'svg' ? 'SVG' : type}.`);
  }
  if (type === 'svg' && sizeBytes > maxSvgBytes) throw tooManyBytes(maxSvgBytes);
  return type;
}

/** What libvips says of a file is for the log; the caller hears that it cannot be read. */
export function unreadable(cause: unknown): never {
  if (cause instanceof StorageError) throw cause;
  if (cause instanceof Error && /timeout: /.test(cause.message)) {
    throw new StorageError('common/unavailable', 'This picture took too long.', { cause });
  }
  throw notAPicture('This file cannot be read as a picture.', cause);
}

function notAPicture(message: string, cause?: unknown): StorageError {
  return new StorageError('file/invalid-format', message, { cause });
}

export function tooManyBytes(maxBytes: number): StorageError {
  return new StorageError('file/file-too-large', `Pictures of up to ${maxBytes} bytes are rendered.`, {
    details: { maxBytes },
  });
}

function tooManyPixels(maxPixels: number): StorageError {
  return new StorageError('file/file-too-large', `Pictures of up to ${maxPixels} pixels are rendered.`, {
    details: { maxPixels },
  });
}
