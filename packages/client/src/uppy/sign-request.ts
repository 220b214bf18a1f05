import type { UploadCalls } from './upload-calls.ts';

/** What version 6 wants signed: its method and parameters say which operation of S3 it is. */
export interface S3Request {
  readonly method: string;
  /** In the two requests that begin an upload, what the API is to be told of it, as JSON. */
  readonly key: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

export interface S3Signed {
  url: string;
  /** In place of the request's. */
  key?: string;
  headers?: Record<string, string>;
}

/**
 * Version 6 speaks to S3 alone, and has every request signed. Bytes go where the API signs; the other requests the API
 * has carried out by the time they are sent, to a `data:` URL that brings the answer S3 would give (S3 API reference,
 * CreateMultipartUpload, ListParts, CompleteMultipartUpload).
 */
export async function signRequest(calls: UploadCalls, request: S3Request): Promise<S3Signed> {
  const { method, key, uploadId, partNumber } = request;
  if (!uploadId) {
    const announcement: object = JSON.parse(key);
    if (method === 'PUT') return calls.presign(announcement);
    const begun = await calls.begin(announcement);
    return {
      key: begun.key,
      url: answer('InitiateMultipartUploadResult', element('UploadId', begun.uploadId)),
    };
  }
  const begun = { key, uploadId };
  if (partNumber) return calls.signPart(begun, partNumber);
  if (method === 'DELETE') {
    await calls.abort(begun);
    return { url: 'data:,' };
  }
  if (method === 'GET') {
    const parts = (await calls.list(begun)).map(
      (part) => `<Part>${element('PartNumber', `${part.partNumber}`)}${element('ETag', part.etag)}</Part>`,
    );
    return { url: answer('ListPartsResult', parts.join('')) };
  }
  const { location } = await calls.complete(begun);
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
