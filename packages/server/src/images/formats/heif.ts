import { createRequire } from 'node:module';
import { type Bitmap, BitmapError, type BitmapOptions, BitmapTooLarge } from './bmp.ts';

/** The used part of libheif as WebAssembly: pointers are numbers, and functions that may fail write an error to the first one. */
interface Libheif {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_read_from_memory(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_release(handle: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_has_alpha_channel(handle: number): number;
  _heif_image_handle_get_raw_color_profile_size(handle: number): number;
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, bytes: number): void;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    space: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_get_plane_readonly(image: number, channel: number, stride: number): number;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_release(image: number): void;
}

/** The npm package that has it; an optional one, under the LGPL. */
export const heifPackage = 'libheif-js';

/** libheif is not installed. */
export class HeifMissing extends Error {
  override readonly name = 'HeifMissing';
}

export interface HeifImage extends Bitmap {
  /** The ICC profile of the pixels; absent for sRGB. */
  readonly profile?: Buffer;
}

/** Values of libheif's `heif_colorspace`, `heif_chroma` and `heif_channel`. */
const rgb = 1;
const interleaved = { rgb: 10, rgba: 11, channel: 10 } as const;

const errorBytes = 16;
/** Profiles of cameras have a few hundred bytes, those of printers a few megabytes. */
const maxProfileBytes = 4 * 1024 * 1024;

/**
 * Decodes the primary image of a HEIF file with HEVC, turned and cropped as its own properties say (`irot`, `imir`, `clap`): the EXIF
 * orientation repeats them. Depth and gain maps, thumbnails and further images are passed over.
 * @throws {HeifMissing}, {BitmapError}, {BitmapTooLarge}
 */
export function decodeHeif(bytes: Buffer, { maxPixels }: BitmapOptions): HeifImage {
  const lib = load();
  const held: (() => void)[] = [];
  const allocate = (length: number) => {
    const pointer = lib._malloc(length);
    held.push(() => lib._free(pointer));
    return pointer;
  };
  try {
    const error = allocate(errorBytes);
    const result = allocate(errorBytes);
    const read = (pointer: number) => Buffer.from(lib.HEAPU8.buffer).readUInt32LE(pointer);
    const check = () => {
      if (read(error) !== 0) throw new BitmapError(`libheif: error ${read(error)}.${read(error + 4)}`);
    };
    const file = allocate(bytes.length);
    lib.HEAPU8.set(bytes, file);
    const context = lib._heif_context_alloc();
    held.push(() => lib._heif_context_free(context));
    lib._heif_context_read_from_memory(error, context, file, bytes.length, 0);
    check();
    lib._heif_context_get_primary_image_handle(error, context, result);
    check();
    const handle = read(result);
    held.push(() => lib._heif_image_handle_release(handle));
    const pixels = lib._heif_image_handle_get_width(handle) * lib._heif_image_handle_get_height(handle);
    if (pixels > maxPixels) throw new BitmapTooLarge('The image has too many pixels.');
    const profile = profileOf(lib, handle, { error, allocate });
    const channels = lib._heif_image_handle_has_alpha_channel(handle) === 1 ? 4 : 3;
    const chroma = channels === 4 ? interleaved.rgba : interleaved.rgb;
    lib._heif_decode_image(error, handle, result, rgb, chroma, 0);
    check();
    const image = read(result);
    held.push(() => lib._heif_image_release(image));
    const plane = lib._heif_image_get_plane_readonly(image, interleaved.channel, result);
    const width = lib._heif_image_get_width(image, interleaved.channel);
    const height = lib._heif_image_get_height(image, interleaved.channel);
    if (plane === 0 || width < 1 || height < 1) throw new BitmapError('The image has no pixels.');
    const rows = Buffer.from(lib.HEAPU8.buffer, plane, read(result) * height);
    return {
      ...{ width, height, channels, pixels: packed(rows, read(result), width * channels) },
      ...(profile && { profile }),
    };
  } finally {
    for (const release of held.reverse()) release();
  }
}

function profileOf(
  lib: Libheif,
  handle: number,
  { error, allocate }: { error: number; allocate: (length: number) => number },
): Buffer | undefined {
  const length = lib._heif_image_handle_get_raw_color_profile_size(handle);
  if (length < 128 || length > maxProfileBytes) return undefined;
  const at = allocate(length);
  lib._heif_image_handle_get_raw_color_profile(error, handle, at);
  const profile = Buffer.from(lib.HEAPU8.slice(at, at + length));
  return profile.toString('latin1', 36, 40) === 'acsp' ? profile : undefined;
}

/** Copies rows out of the memory of the library, without the bytes that align them. */
function packed(rows: Buffer, stride: number, rowBytes: number): Buffer {
  const height = rows.length / stride;
  const pixels = Buffer.allocUnsafe(rowBytes * height);
  for (let row = 0; row < height; row++)
    rows.copy(pixels, row * rowBytes, row * stride, row * stride + rowBytes);
  return pixels;
}

let loaded: Libheif | undefined;

function load(): Libheif {
  if (loaded) return loaded;
  try {
    loaded = createRequire(import.meta.url)(`${heifPackage}/wasm-bundle.js`) as Libheif;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') throw new HeifMissing(heifPackage);
    throw error;
  }
  return loaded;
}

/** Whether HEIC can be read on this machine; nothing is loaded. */
export function hasHeif(): boolean {
  try {
    createRequire(import.meta.url).resolve(`${heifPackage}/wasm-bundle.js`);
    return true;
  } catch {
    return false;
  }
}
