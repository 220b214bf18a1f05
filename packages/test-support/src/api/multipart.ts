import type {
  FileView,
  InitMultipartAnswer,
  ListPartsAnswer,
  PresignPartsAnswer,
} from '@bkend/storage-contract';
import type { Answer, Client, Refusal } from './client.ts';
import { putBytes } from './uploads.ts';

/** A multipart upload as its client knows it. */
export type MultipartUpload = Pick<InitMultipartAnswer, 'key' | 'uploadId'>;

export interface SentPart {
  readonly partNumber: number;
  readonly etag: string;
}

const film = { filename: 'film.mp4', contentType: 'video/mp4' };

/** Begins an upload in parts: of a film of 11 MiB, unless `fields` say something else. */
export function initMultipart(client: Client, fields: object = {}): Promise<InitMultipartAnswer> {
  return client.ask('POST', '/v1/files/multipart/init', { ...film, fileSize: 11 * 1024 * 1024, ...fields });
}

export async function presignPart(
  client: Client,
  { key, uploadId }: MultipartUpload,
  partNumber: number,
): Promise<string> {
  const part = { key, uploadId, partNumber };
  const { url } = await client.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', part);
  if (url === undefined) throw new Error(`There is no URL for part ${partNumber}.`);
  return url;
}

/** Asks for the URL of a part and sends the part to it. */
export async function sendPart(
  client: Client,
  upload: MultipartUpload,
  { partNumber, bytes }: { readonly partNumber: number; readonly bytes: Uint8Array<ArrayBuffer> },
): Promise<SentPart> {
  const put = await putBytes(await presignPart(client, upload, partNumber), bytes);
  const etag = put.headers.get('etag');
  if (put.status !== 200 || etag === null) throw new Error(`PUT of part ${partNumber} → ${put.status}`);
  return { partNumber, etag };
}

export function listParts(client: Client, { key, uploadId }: MultipartUpload): Promise<ListPartsAnswer> {
  return client.ask('GET', `/v1/files/multipart/parts?${new URLSearchParams({ key, uploadId })}`);
}

export function completeMultipart(
  client: Client,
  { key, uploadId }: MultipartUpload,
  parts: readonly SentPart[],
): Promise<Answer> {
  return client.send('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
}

/** @param parts also such as no list of parts can be */
export function refusedCompletion(
  client: Client,
  { key, uploadId }: MultipartUpload,
  parts: unknown,
): Promise<Refusal> {
  return client.refusal('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
}

export function abortMultipart(client: Client, { key, uploadId }: MultipartUpload): Promise<Answer> {
  return client.send('POST', '/v1/files/multipart/abort', { key, uploadId });
}

const registration = ({ key }: MultipartUpload, size: number) => ({
  s3Key: key,
  originalName: film.filename,
  mimeType: film.contentType,
  size,
});

export function registerMultipart(client: Client, upload: MultipartUpload, size: number): Promise<FileView> {
  return client.ask('POST', '/v1/files', registration(upload, size));
}

export function refusedRegistration(client: Client, upload: MultipartUpload, size: number): Promise<Refusal> {
  return client.refusal('POST', '/v1/files', registration(upload, size));
}
