import type { PartRecord } from '../index/records.ts';
import type { StoreDeps } from './deps.ts';
import { boundsOfParts } from './multipart-upload.ts';

/** Up to `limit` parts of an upload in ascending order, beginning behind number `after`. */
export function listParts(
  deps: StoreDeps,
  uploadId: string,
  page: { readonly after: number; readonly limit: number },
): { readonly parts: readonly PartRecord[]; readonly isTruncated: boolean } {
  const bounds = { ...boundsOfParts(uploadId, page.after + 1), limit: page.limit + 1 };
  const parts = [...deps.index.tables.parts.range(bounds)].map(({ value }) => value);
  return { parts: parts.slice(0, page.limit), isTruncated: parts.length > page.limit };
}
