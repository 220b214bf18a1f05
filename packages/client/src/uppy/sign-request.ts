import type { UploadCalls } from './upload-calls.ts';

/** A request that version 6 wants signed; method and parameters determine the S3 operation. */
export interface S3Request {
  readonly method: string;
  /** In the two requests that open an upload: the announcement, as JSON. */
  readonly key: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

export interface S3Signed {
  url: string;
  /** Replaces the request's. */
  key?: string;
  headers?: Record<string, string>;
}

/**
 * Signs a request of version 6, which speaks to S3 only. Bytes go to a presigned URL. The other operations are done by the
 * API here; their request then goes to a `data:` URL with the answer that S3 would give (S3 API reference,
 * CreateMultipartUpload, ListParts, CompleteMultipartUpload).
 */
export async function signRequest(calls: UploadCalls, request: S3Request): Promise<S3Signed> {
  const { method, key, uploadId, partNumber } = request;
  if (!uploadId) {
    const announcement: object = JSON.parse(key);
    if (method === 'PUT') return calls.presign(announcement);
    const upload = await calls.open(announcement);
    return {
      key: upload.key,
      url: answer('InitiateMultipartUploadResult', element('UploadId', upload.uploadId)),
    };
  }
  const upload = { key, uploadId };
  if (partNumber) return calls.signPart(upload, partNumber);
  if (method === 'DELETE') {
    await calls.abort(upload);
    return { url: 'data:,' };
  }
  if (method === 'GET') {
    const parts = (await calls.list(upload)).map(
      (part) => `<Part>${element('PartNumber', `${part.partNumber}`)}${element('ETag', part.etag)}</Part>`,
    );
    return { url: answer('ListPartsResult', parts.join('')) };
  }
  const { location } = await calls.complete(upload);
  const body = element('Location', location) + element('Key', key);
  return { url: answer('CompleteMultipartUploadResult', body) };
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' };

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/[&<"]/g, (character) => escapes[character] ?? character)}</${name}>`;
}

function answer(name: string, body: string): string {
  return `data:application/xml,${encodeURIComponent(`<${name}>${body}</${name}>`)}`;
}
