import type {
  FileVersion,
  FileView,
  ListVersionsAnswer,
  PresignUploadAnswer,
  ReplaceContentsRequest,
} from '@bkend/storage-contract';
import { type Client, createClient } from './client.ts';
import { putBytes } from './uploads.ts';

export interface NewContents extends Partial<Pick<ReplaceContentsRequest, 'mimeType' | 'width' | 'height'>> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Asks for a URL of new contents and sends the bytes to it; what is left to do is to replace. */
export async function sendContents(
  client: Client,
  fileId: string,
  { bytes, mimeType = 'text/plain', ...size }: NewContents,
): Promise<ReplaceContentsRequest> {
  const path = `/v1/files/${fileId}/content/presigned-url`;
  const request = { contentType: mimeType, fileSize: bytes.length };
  const { url, key } = await client.ask<PresignUploadAnswer>('POST', path, request);
  const put = await putBytes(url, bytes, mimeType);
  if (!put.ok) throw new Error(`PUT → ${put.status} ${await put.text()}`);
  return { uploadKey: key, size: bytes.length, mimeType, ...size };
}

/** The whole flow: URL, bytes, replace. */
export async function replaceContents(
  client: Client,
  fileId: string,
  contents: NewContents,
): Promise<FileView> {
  return client.ask('PUT', `/v1/files/${fileId}/content`, await sendContents(client, fileId, contents));
}

/** The same caller, whose requests are conditional on this ETag. */
export function ifMatch(apiUrl: string, client: Client, etag: string): Client {
  return createClient(apiUrl, { ...client.headers, 'If-Match': `"${etag}"` });
}

/** All versions of a file, by cursor, in pages of this size. */
export async function listVersions(client: Client, fileId: string, limit = 100): Promise<FileVersion[]> {
  const versions: FileVersion[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor && { cursor }) });
    const page = await client.ask<ListVersionsAnswer>('GET', `/v1/files/${fileId}/versions?${query}`);
    versions.push(...page.items);
    if (page.nextCursor === undefined) return versions;
    cursor = page.nextCursor;
  }
}
