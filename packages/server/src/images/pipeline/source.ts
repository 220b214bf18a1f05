import type { Readable } from 'node:stream';
import { type ImagePlan, type Limits, StorageError } from '@bkend/storage-contract';
import type { Metadata, SharpOptions } from 'sharp';
import { fileNotFound } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import { essenceOf } from '../../files/mime-type.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import type { Size } from '../geometry/size.ts';
import { detectType, type SourceType } from './detect-type.ts';
import { engine } from './engine.ts';

/** A picture whose header has been looked at and found fit for decoding; no pixel has been touched. */
export interface Source {
  readonly bytes: Buffer;
  readonly type: SourceType;
  /** As decoding is to begin. */
  readonly options: SharpOptions;
  readonly metadata: Metadata;
  /** Upright: as EXIF says it is to be seen. */
  readonly size: Size;
  /** Frames that will be decoded; more than one makes an animation. */
  readonly frames: number;
}

export interface SourceDeps {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly limits: Limits;
}

/** However small the frames are, more of them than this are not decoded. */
const maxFrames = 300;

const strictly: SharpOptions = { limitInputChannels: 5, failOn: 'error', sequentialRead: true };

/** What has been read, for as long as the bytes it was read from are kept. */
const headers = new WeakMap<Buffer, Promise<Metadata>>();

/** Text grows under a parser more than pixels do. */
const maxSvgBytes = 4 * 1024 * 1024;

/** @throws `file/file-too-large` beyond the limit for sources, `file/not-found` when the bytes are gone */
export async function loadBytes({ objects, limits }: SourceDeps, file: File): Promise<Buffer> {
  if (file.sizeBytes > limits.maxSourceImageBytes) throw tooManyBytes(limits.maxSourceImageBytes);
  const object = await objects.get(file.key);
  if (object === undefined) throw fileNotFound();
  const { body, info } = object;
  if (info.sizeBytes > limits.maxSourceImageBytes) {
    body.destroy();
    throw tooManyBytes(limits.maxSourceImageBytes);
  }
  return readWhole(body, info.sizeBytes);
}

/** Into one buffer from the beginning: collecting and joining takes memory several times over, and the collector's time. */
async function readWhole(body: Readable, sizeBytes: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(sizeBytes);
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.length > sizeBytes) throw wrongLength();
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < sizeBytes) throw wrongLength();
  return whole;
}

function wrongLength(): StorageError {
  return new StorageError('common/unavailable', 'The object store sent another length than it said.');
}

/**
 * Reads the header alone and refuses what should not be decoded: what is no picture, what is a document that calls itself
 * one, and what would be too many pixels over all frames.
 * @throws `file/invalid-format`, `file/file-too-large`
 */
export async function inspectSource(
  bytes: Buffer,
  {
    mimeType,
    limits,
    plan,
  }: { mimeType: string; limits: Limits; plan: Pick<ImagePlan, 'page' | 'maxFrames'> },
): Promise<Source> {
  const type = requireType(bytes, mimeType);
  const base: SharpOptions = { ...strictly, limitInputPixels: limits.maxSourceImagePixels };
  const metadata = await readHeader(bytes).catch(unreadable);
  const { width, height } = metadata.autoOrient;
  if (width * height > limits.maxSourceImagePixels) throw tooManyPixels(limits.maxSourceImagePixels);
  const pages = metadata.pages ?? 1;
  const page = Math.min(plan.page ?? 1, pages) - 1;
  const animated = (type === 'gif' || type === 'webp') && plan.page === undefined;
  const affordable = Math.floor(limits.maxSourceImagePixels / (width * height));
  const frames = animated ? Math.max(1, Math.min(pages, plan.maxFrames ?? pages, maxFrames, affordable)) : 1;
  const options = { ...base, ...(frames > 1 ? { pages: frames } : page > 0 && { page }) };
  return { bytes, type, options, metadata, size: { width, height }, frames };
}

/** Once for all sizes of a picture: opening one costs libvips a copy of its bytes. */
function readHeader(bytes: Buffer): Promise<Metadata> {
  const known = headers.get(bytes);
  if (known) return known;
  const read = engine(bytes, { ...strictly, limitInputPixels: false }).metadata();
  headers.set(bytes, read);
  // An error holds on to the engine it came from, which is larger than most pictures.
  read.catch(() => headers.delete(bytes));
  return read;
}

/**
 * One raster format under another's name is harmless and common. A document under a picture's name, or a picture under a
 * document's, is neither.
 */
function requireType(bytes: Buffer, mimeType: string): SourceType {
  const type = detectType(bytes);
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
  if (type === 'svg' && bytes.length > maxSvgBytes) throw tooManyBytes(maxSvgBytes);
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

function tooManyBytes(maxBytes: number): StorageError {
  return new StorageError('file/file-too-large', `Pictures of up to ${maxBytes} bytes are rendered.`, {
    details: { maxBytes },
  });
}

function tooManyPixels(maxPixels: number): StorageError {
  return new StorageError('file/file-too-large', `Pictures of up to ${maxPixels} pixels are rendered.`, {
    details: { maxPixels },
  });
}
