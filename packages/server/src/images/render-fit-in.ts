import { buffer } from 'node:stream/consumers';
import { type Limits, StorageError } from '@bkend/storage-contract';
import sharp from 'sharp';
import { fileNotFound } from '../files/access.ts';
import type { File } from '../files/file.ts';
import type { ObjectStore } from '../files/ports.ts';

sharp.cache(false);
sharp.concurrency(1);

export interface Rendering {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/** Formats that are sent as they came; a picture in any other becomes a PNG. */
const outputFormats = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;

/**
 * Renders a picture inside a box: ratio kept, never enlarged, turned as its EXIF says, its metadata left out.
 * @throws `file/invalid-format` for what is no picture, `file/file-too-large` beyond the limits for sources
 */
export async function renderFitIn(
  deps: { readonly objects: Pick<ObjectStore, 'get'>; readonly limits: Limits },
  file: File,
  box: { readonly width: number; readonly height: number },
): Promise<Rendering> {
  const { limits } = deps;
  if (file.sizeBytes > limits.maxSourceImageBytes) {
    throw new StorageError(
      'file/file-too-large',
      `Pictures of up to ${limits.maxSourceImageBytes} bytes are rendered.`,
    );
  }
  const object = await deps.objects.get(file.key);
  if (object === undefined) throw fileNotFound();
  const source = await buffer(object.body);
  const side = (length: number) => (length === 0 ? undefined : Math.min(length, limits.maxOutputImageSide));
  try {
    const image = sharp(source, { limitInputPixels: limits.maxSourceImagePixels, failOn: 'error' });
    const { format } = await image.metadata();
    const output = outputFormats.find((name) => name === (format === 'heif' ? 'avif' : format)) ?? 'png';
    const bytes = await image
      .autoOrient()
      .resize({
        ...(side(box.width) !== undefined && { width: side(box.width) }),
        ...(side(box.height) !== undefined && { height: side(box.height) }),
        fit: 'inside',
        withoutEnlargement: true,
      })
      .toFormat(output)
      .toBuffer();
    return { bytes, contentType: `image/${output}` };
  } catch (cause) {
    throw new StorageError('file/invalid-format', 'This file cannot be read as a picture.', { cause });
  }
}
