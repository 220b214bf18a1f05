import { maxSinglePutBytes } from '../source/source.ts';
import type { OpenStorage, Storage } from '../storage.ts';
import type { StorageError } from '../storage-error.ts';
import type { FileDescription } from '../wire.ts';
import { type S3Request, signRequest } from './sign-request.ts';
import { createUploadCalls, type OpenMultipart } from './upload-calls.ts';

/** The fields of Uppy's file that the preset reads. */
export interface UppyFile {
  readonly id: string;
  readonly size: number | null;
  readonly type: string;
  readonly meta: { readonly name: string };
  readonly error?: string | null;
  readonly response?: { readonly status: number; readonly body?: Record<string, unknown> };
}

/** The methods of Uppy's core that the preset calls. */
export interface UppyCore {
  getFile(fileId: string): UppyFile | undefined;
  setFileState(fileId: string, state: Pick<UppyFile, 'response'>): void;
  /** `file` and `response` are those of `getFile`. */
  emit(event: 'upload-error', file: never, error: Error, response: never): void;
  addPostProcessor(process: (fileIds: string[]) => Promise<void>): void;
}

/** Description of all files, or a function of each. */
export type UppyDescription = FileDescription | ((file: UppyFile) => FileDescription);

const MiB = 2 ** 20;

/**
 * Options with which Uppy's `@uppy/aws-s3`, version 5 or 6, uploads to this storage: in one PUT up to 16 MiB, in parts above.
 *
 * @param storage from `createStorage`
 * @param description visibility, category, metadata and other properties of all files, or a function of each
 * @returns `options` for `uppy.use(AwsS3, …)`; `registerFrom(uppy)` registers the files
 * @example
 * ```ts
 * import AwsS3 from '@uppy/aws-s3';
 * import Uppy from '@uppy/core';
 * import { uppyPreset } from '@bkend/storage/uppy';
 *
 * const uppy = new Uppy();
 * const preset = uppyPreset(storage, { visibility: 'public' });
 * uppy.use(AwsS3, preset.options);
 * preset.registerFrom(uppy);
 * ```
 */
export function uppyPreset(storage: Storage, description: UppyDescription = {}) {
  // Every Storage is made by createStorage.
  const calls = createUploadCalls((storage as OpenStorage).api);
  const describe = (file: UppyFile) => (typeof description === 'function' ? description(file) : description);
  /** Sent when an upload is opened. */
  const announce = (file: UppyFile) => {
    const { folder, visibility, category } = describe(file);
    const facts = { filename: file.meta.name, contentType: typeOf(file), fileSize: file.size };
    return { ...facts, folder, visibility, category };
  };

  return {
    /** For `uppy.use(AwsS3, …)`; each version reads its own options. */
    options: {
      shouldUseMultipart: ({ size }: { size: number | null }) => (size ?? 0) > maxSinglePutBytes,
      getChunkSize: ({ size }: { size: number }) => Math.max(8, Math.ceil(size / 9500 / MiB)) * MiB,

      // Version 5 calls a function for each step.
      async getUploadParameters(file: UppyFile, { signal }: { signal?: AbortSignal } = {}) {
        const { url, headers, key } = await calls.presign(announce(file), signal);
        // It reads the key from `fields`, which its types forbid for a PUT.
        return { method: 'PUT' as const, url, headers, fields: { key: key as never } };
      },
      createMultipartUpload: (file: UppyFile) => calls.open(announce(file)),
      signPart: (_: UppyFile, part: OpenMultipart & { partNumber: number }) =>
        calls.signPart(part, part.partNumber),
      listParts: async (_: UppyFile, upload: OpenMultipart) =>
        (await calls.list(upload)).map(({ partNumber, etag, size }) => ({
          PartNumber: partNumber,
          ETag: etag,
          Size: size,
        })),
      completeMultipartUpload: (_: UppyFile, upload: OpenMultipart) => calls.complete(upload),
      abortMultipartUpload: (_: UppyFile, upload: OpenMultipart) => calls.abort(upload),

      // Version 6 has each request signed, and needs a key first.
      generateObjectKey: (file: UppyFile) => JSON.stringify(announce(file)),
      signRequest: (request: S3Request) => signRequest(calls, request),
    },

    /**
     * Registers the uploaded files before Uppy's event `complete`: `file.response.body` is then the {@link StoredFile}. A file
     * that cannot be registered counts as failed.
     */
    registerFrom(uppy: UppyCore): void {
      const finish = async (fileId: string) => {
        const file = uppy.getFile(fileId);
        const s3Key = file?.response?.body?.key;
        if (!file?.response || !s3Key || file.error) return;
        const { size, meta } = file;
        const facts = { s3Key, originalName: meta.name, mimeType: typeOf(file), size };
        try {
          const body = { ...(await calls.register({ ...describe(file), ...facts })) };
          uppy.setFileState(fileId, { response: { ...file.response, body } });
        } catch (error) {
          // The response keeps the key, so that a retry registers without sending the bytes again.
          uppy.emit('upload-error', file as never, error as StorageError, file.response as never);
        }
      };
      uppy.addPostProcessor(async (fileIds) => {
        await Promise.all(fileIds.map(finish));
      });
    },
  };
}

/** The type that Uppy sends for a file without one. */
function typeOf({ type }: UppyFile): string {
  return type || 'application/octet-stream';
}
