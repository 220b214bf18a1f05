import type { FileView, PresignUploadAnswer, RegisterFileRequest } from '@bkend/storage-contract';
import type { Client } from './client.ts';

export interface NewFile extends Partial<Omit<RegisterFileRequest, 's3Key' | 'size'>> {
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** PUTs bytes to a presigned URL, with the one header that the documentation tells apps to send. */
export function putBytes(
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
  contentType?: string,
): Promise<Response> {
  return fetch(url, {
    method: 'PUT',
    ...(contentType !== undefined && { headers: { 'Content-Type': contentType } }),
    body: bytes,
  });
}

/** 5 bytes that the check of content believes: text, or bytes of no known kind. */
function sampleBytes(mimeType = 'text/plain'): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(mimeType.startsWith('text/') ? 'hello' : '\0hell');
}

/** Asks for a URL and sends the bytes to it; what is left to do is to register. */
export async function sendFile(client: Client, file: NewFile = {}): Promise<RegisterFileRequest> {
  const { bytes = sampleBytes(file.mimeType), ...fields } = file;
  const { originalName = 'notes.txt', mimeType = 'text/plain', folder, visibility, category } = fields;
  const presigned = await client.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: originalName,
    contentType: mimeType,
    fileSize: bytes.length,
    ...(folder !== undefined && { folder }),
    ...(visibility !== undefined && { visibility }),
    ...(category !== undefined && { category }),
  });
  const put = await putBytes(presigned.url, bytes, mimeType);
  if (!put.ok) throw new Error(`PUT → ${put.status} ${await put.text()}`);
  return { ...fields, s3Key: presigned.key, originalName, mimeType, size: bytes.length };
}

/** The whole flow: URL, bytes, register. */
export async function uploadFile(client: Client, file: NewFile = {}): Promise<FileView> {
  return client.ask<FileView>('POST', '/v1/files', await sendFile(client, file));
}
