import type { OpenStorage, Storage } from '../create-storage.ts';
import { maxSinglePutBytes } from '../source.ts';
import type { StorageError } from '../storage-error.ts';
import type { FileDescription } from '../wire.ts';
import { type S3Request, signRequest } from './sign-request.ts';
import { type Begun, createUploadCalls } from './upload-calls.ts';

/** A file of Uppy's, as much of it as matters here. */
export interface UppyFile {
  readonly id: string;
  readonly size: number | null;
  readonly type: string;
  readonly meta: { readonly name: string };
  readonly error?: string | null;
  readonly response?: { readonly status: number; readonly body?: Record<string, unknown> };
}

/** An instance of Uppy's core, as much of it as matters here. */
export interface UppyCore {
  getFile(fileId: string): UppyFile | undefined;
  setFileState(fileId: string, state: Pick<UppyFile, 'response'>): void;
  /** File and response are those that `getFile` returned. */
  emit(event: 'upload-error', file: never, error: Error, response: never): void;
  addPostProcessor(process: (fileIds: string[]) => Promise<void>): void;
}

/** What an app says about the files of an Uppy: the same of all, or of each its own. */
export type UppyDescription = FileDescription | ((file: UppyFile) => FileDescription);

const MiB = 2 ** 20;

/**
 * Lets Uppy's `@uppy/aws-s3`, of version 5 or 6, upload to this storage: up to 16 MiB in one PUT, more in parts.
 *
 * ```ts
 * const preset = uppyPreset(storage, { visibility: 'public' });
 * uppy.use(AwsS3, preset.options);
 * preset.registerFrom(uppy);
 * ```
 */
export function uppyPreset(storage: Storage, description: UppyDescription = {}) {
  // As createStorage says.
  const calls = createUploadCalls((storage as OpenStorage).api);
  const describe = (file: UppyFile) => (typeof description === 'function' ? description(file) : description);
  /** What the API is told before the bytes come. */
  const announce = (file: UppyFile) => {
    const { visibility, category } = describe(file);
    return { filename: file.meta.name, contentType: typeOf(file), fileSize: file.size, visibility, category };
  };

  return {
    /** For `uppy.use(AwsS3, …)`; each version takes from it what it knows. */
    options: {
      shouldUseMultipart: ({ size }: { size: number | null }) => (size ?? 0) > maxSinglePutBytes,
      getChunkSize: ({ size }: { size: number }) => Math.max(8, Math.ceil(size / 9500 / MiB)) * MiB,

      // Version 5 asks for each step.
      async getUploadParameters(file: UppyFile, { signal }: { signal?: AbortSignal } = {}) {
        const { url, headers, key } = await calls.presign(announce(file), signal);
        // It reads the key where a POST's would be, which its types forbid.
        return { method: 'PUT' as const, url, headers, fields: { key: key as never } };
      },
      createMultipartUpload: (file: UppyFile) => calls.begin(announce(file)),
      signPart: (_: UppyFile, part: Begun & { partNumber: number }) => calls.signPart(part, part.partNumber),
      listParts: async (_: UppyFile, begun: Begun) =>
        (await calls.list(begun)).map(({ partNumber, etag, size }) => ({
          PartNumber: partNumber,
          ETag: etag,
          Size: size,
        })),
      completeMultipartUpload: (_: UppyFile, begun: Begun) => calls.complete(begun),
      abortMultipartUpload: (_: UppyFile, begun: Begun) => calls.abort(begun),

      // Version 6 has requests signed, and wants a key beforehand.
      generateObjectKey: (file: UppyFile) => JSON.stringify(announce(file)),
      signRequest: (request: S3Request) => signRequest(calls, request),
    },

    /**
     * Registers what this Uppy has uploaded before it tells that it is complete: `file.response.body` is the
     * {@link StoredFile} then. A file that cannot be registered counts as failed.
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
          // With the response, which knows the key, trying again need not send the bytes again.
          uppy.emit('upload-error', file as never, error as StorageError, file.response as never);
        }
      };
      uppy.addPostProcessor(async (fileIds) => {
        await Promise.all(fileIds.map(finish));
      });
    },
  };
}

/** As Uppy sends it, where a file does not say. */
function typeOf({ type }: UppyFile): string {
  return type || 'application/octet-stream';
}
