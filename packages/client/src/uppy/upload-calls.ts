import type { Api } from '../transport/api.ts';
import { registerFile } from '../upload/register-upload.ts';
import type { SignedPut, StartedMultipart, StoredPart } from '../wire.ts';

/** An open multipart upload. */
export interface OpenMultipart {
  readonly key: string;
  /** Always present; some of Uppy's types make it optional. */
  readonly uploadId?: string | undefined;
  /** Version 5 aborts it when the user cancels. */
  readonly signal?: AbortSignal | undefined;
}

export type UploadCalls = ReturnType<typeof createUploadCalls>;

/** The API's calls of an upload, one by one. */
export function createUploadCalls(api: Api) {
  const list = async ({ key, uploadId, signal }: OpenMultipart) => {
    const query = { key, uploadId };
    return (await api<{ parts: StoredPart[] }>({ path: '/files/multipart/parts', query, signal })).parts;
  };
  return {
    list,
    presign: (body: object, signal?: AbortSignal) =>
      api<SignedPut>({ path: '/files/presigned-url', body, signal }),
    open: (body: object, signal?: AbortSignal) =>
      api<StartedMultipart>({ path: '/files/multipart/init', body, signal }),
    signPart: ({ key, uploadId, signal }: OpenMultipart, partNumber: number) => {
      const body = { key, uploadId, partNumber };
      return api<{ url: string }>({ path: '/files/multipart/presigned-url', body, signal });
    },

    /** Completes with the parts that storage has: those that Uppy sent. Version 6 does not pass them on. */
    async complete({ key, uploadId, signal }: OpenMultipart) {
      const parts = (await list({ key, uploadId, signal })).map(({ partNumber, etag }) => ({
        partNumber,
        etag,
      }));
      const body = { key, uploadId, parts };
      return api<{ key: string; location: string }>({ path: '/files/multipart/complete', body, signal });
    },

    async abort({ key, uploadId }: OpenMultipart): Promise<void> {
      await api({ path: '/files/multipart/abort', body: { key, uploadId } });
    },

    register: (body: object) => registerFile(api, body),
  };
}
