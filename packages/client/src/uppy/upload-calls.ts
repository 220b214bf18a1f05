import type { Api } from '../api.ts';
import type { StorageError } from '../storage-error.ts';
import type { SignedPut, StartedMultipart, StoredFile, StoredPart } from '../wire.ts';

/** An upload in parts that has begun. */
export interface Begun {
  readonly key: string;
  /** It has one, though types of Uppy's say that it may not. */
  readonly uploadId?: string | undefined;
  /** Version 5 aborts it when the user cancels. */
  readonly signal?: AbortSignal | undefined;
}

export type UploadCalls = ReturnType<typeof createUploadCalls>;

/** The calls of an upload, one by one. */
export function createUploadCalls(api: Api) {
  const list = async ({ key, uploadId, signal }: Begun) => {
    const query = { key, uploadId };
    return (await api<{ parts: StoredPart[] }>({ path: '/files/multipart/parts', query, signal })).parts;
  };
  return {
    list,
    presign: (body: object, signal?: AbortSignal) =>
      api<SignedPut>({ path: '/files/presigned-url', body, signal }),
    begin: (body: object, signal?: AbortSignal) =>
      api<StartedMultipart>({ path: '/files/multipart/init', body, signal }),
    signPart: ({ key, uploadId, signal }: Begun, partNumber: number) => {
      const body = { key, uploadId, partNumber };
      return api<{ url: string }>({ path: '/files/multipart/presigned-url', body, signal });
    },

    /** With the parts that storage has, which are those that Uppy has sent: version 6 names them to nobody else. */
    async complete({ key, uploadId, signal }: Begun) {
      const parts = (await list({ key, uploadId, signal })).map(({ partNumber, etag }) => ({
        partNumber,
        etag,
      }));
      const body = { key, uploadId, parts };
      return api<{ key: string; location: string }>({ path: '/files/multipart/complete', body, signal });
    },

    async abort({ key, uploadId }: Begun): Promise<void> {
      await api({ path: '/files/multipart/abort', body: { key, uploadId } });
    },

    /** Makes a file of what is in storage; where it is one already, that file. */
    register: (body: object) =>
      api<StoredFile>({ path: '/files', body }).catch((error: StorageError) => {
        const { fileId } = error.details;
        if (!fileId) throw error;
        return api<StoredFile>({ path: `/files/${fileId}` });
      }),
  };
}
