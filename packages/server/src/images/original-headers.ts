import { contentDisposition } from '../files/content-disposition.ts';
import type { File } from '../files/file.ts';
import { isInlineType } from '../files/mime-type.ts';

/** How an original is sent: shown where that is safe, and otherwise as an attachment that can run nothing. */
export function originalHeaders(file: File) {
  const inline = isInlineType(file.mimeType);
  return {
    'Content-Type': file.mimeType,
    'Content-Disposition': contentDisposition(inline ? 'inline' : 'attachment', file.originalName),
    ETag: `"${file.etag}"`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'public, max-age=300',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}
