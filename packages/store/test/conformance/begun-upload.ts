import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { MultiDigest } from '../../src/checksums/digests.ts';
import type { RawResponse, RunningStore } from '../running-store.ts';

/** The smallest part that may be followed by another: 5 MiB. */
export const large = randomBytes(5 * 1024 * 1024);
export const small = Buffer.from('end');

/** The text of the first element of a name; empty without one. */
export const element = (name: string, text: string) =>
  new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1] ?? '';

/** The CRC-32 of bytes, in Base64. */
export const crc = (bytes: Buffer) => {
  const digest = new MultiDigest(['crc32']);
  digest.update(bytes);
  return digest.digest().get('crc32')?.toString('base64') ?? '';
};

/** A part as its upload is completed with it. */
export const part = (PartNumber: number, bytes: Buffer) => ({
  PartNumber,
  ETag: createHash('md5').update(bytes).digest('hex'),
});

/** Begins an upload of `/bucket/<key>`; parts are copied from `/bucket/source`. */
export async function beginUpload(store: RunningStore, key: string, headers: Record<string, string> = {}) {
  const path = `/bucket/${key}`;
  const created = await store.send({ method: 'POST', path, query: { uploads: '' }, headers });
  expect(created.status, created.text).toBe(200);
  const uploadId = element('UploadId', created.text);
  const send = (method: string, query: Record<string, string>, more: object = {}): Promise<RawResponse> =>
    store.send({ method, path, query: { uploadId, ...query }, ...more });
  return {
    path,
    uploadId,
    send,
    put: (partNumber: number | string, body: Buffer, headers: Record<string, string> = {}) =>
      send('PUT', { partNumber: String(partNumber) }, { body, headers }),
    copy: (partNumber: number, headers: Record<string, string>) =>
      send(
        'PUT',
        { partNumber: String(partNumber) },
        { headers: { 'x-amz-copy-source': 'bucket/source', ...headers } },
      ),
    complete: (
      parts: readonly Record<string, string | number | undefined>[],
      headers: Record<string, string> = {},
    ) => {
      const nodes = parts.map((part) => {
        const fields = Object.entries(part).map(([name, value]) => `<${name}>${value}</${name}>`);
        return `<Part>${fields.join('')}</Part>`;
      });
      const body = `<CompleteMultipartUpload>${nodes.join('')}</CompleteMultipartUpload>`;
      return send('POST', {}, { body, headers });
    },
    list: (query: Record<string, string> = {}) => send('GET', query),
  };
}
