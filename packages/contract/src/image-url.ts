/** What an image URL asks for: the original, or a rendering inside a box. A side of 0 is free. */
export type ImageRequest =
  | { readonly kind: 'original'; readonly key: string }
  | { readonly kind: 'fit-in'; readonly width: number; readonly height: number; readonly key: string };

/** What a path of the image host is not. */
export interface ImageUrlFault {
  readonly kind: 'fault';
  /** The part of the path at fault, and what would be right. */
  readonly message: string;
}

const fitInPattern = /^fit-in\/([^/]*)\/(.+)$/s;
const sizePattern = /^(\d{0,5})x(\d{0,5})$/;

/**
 * Reads a path of the image host: `/{key}` or `/fit-in/{W}x{H}/{key}`. The key is decoded once, as one unit.
 * @param path as it stood in the request, still percent-encoded, without its query
 */
export function parseImagePath(path: string): ImageRequest | ImageUrlFault {
  const target = path.startsWith('/') ? path.slice(1) : path;
  const fitIn = fitInPattern.exec(target);
  const key = decodeKey(fitIn?.[2] ?? target);
  if (key === undefined || key === '') return { kind: 'fault', message: 'the path names no key' };
  if (!fitIn) return { kind: 'original', key };
  const size = sizePattern.exec(fitIn[1] ?? '');
  if (!size) return { kind: 'fault', message: `"${fitIn[1]}" is not a size such as 300x200` };
  return { kind: 'fit-in', width: Number(size[1]), height: Number(size[2]), key };
}

/** The path that {@link parseImagePath} reads as this request. */
export function buildImagePath(request: ImageRequest): string {
  const key = request.key.split('/').map(encodeURIComponent).join('/');
  return request.kind === 'original' ? `/${key}` : `/fit-in/${request.width}x${request.height}/${key}`;
}

function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
