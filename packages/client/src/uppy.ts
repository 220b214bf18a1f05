import type { OpenStorage, Storage } from './create-storage.ts';
import { StorageError } from './storage-error.ts';
import type { FileDescription, SignedPut, StartedMultipart, StoredFile, StoredPart } from './wire.ts';

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

/** An upload in parts that has begun. */
interface Begun {
  readonly key: string;
  /** It has one, though types of Uppy's say that it may not. */
  readonly uploadId?: string | undefined;
}

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
  const { api } = storage as OpenStorage;
  const describe = (file: UppyFile) => (typeof description === 'function' ? description(file) : description);
  /** What the API is told before the bytes come. */
  const announce = (file: UppyFile) => {
    const { visibility, category } = describe(file);
    return { filename: file.meta.name, contentType: typeOf(file), fileSize: file.size, visibility, category };
  };
  const presign = (body: object) => api<SignedPut>({ path: '/files/presigned-url', body });
  const begin = (body: object) => api<StartedMultipart>({ path: '/files/multipart/init', body });
  const signPart = ({ key, uploadId }: Begun, partNumber: number) =>
    api<{ url: string }>({ path: '/files/multipart/presigned-url', body: { key, uploadId, partNumber } });
  const list = async ({ key, uploadId }: Begun) => {
    const query = { key, uploadId };
    return (await api<{ parts: StoredPart[] }>({ path: '/files/multipart/parts', query })).parts;
  };
  const complete = async ({ key, uploadId }: Begun) => {
    // What storage has is what Uppy has sent: version 6 tells nobody else its parts.
    const parts = (await list({ key, uploadId })).map(({ partNumber, etag }) => ({ partNumber, etag }));
    const body = { key, uploadId, parts };
    return api<{ key: string; location: string }>({ path: '/files/multipart/complete', body });
  };
  const abort = async ({ key, uploadId }: Begun) => {
    await api({ path: '/files/multipart/abort', body: { key, uploadId } });
  };

  /** Makes a file of what is in storage; where it is one already, that file. */
  const register = async (file: UppyFile, s3Key: unknown) => {
    const body = {
      ...describe(file),
      s3Key,
      originalName: file.meta.name,
      mimeType: typeOf(file),
      size: file.size,
    };
    try {
      return await api<StoredFile>({ path: '/files', body });
    } catch (error) {
      const fileId = error instanceof StorageError && error.details.fileId;
      if (!fileId) throw error;
      return api<StoredFile>({ path: `/files/${fileId}` });
    }
  };

  return {
    /** For `uppy.use(AwsS3, …)`; each version takes from it what it knows. */
    options: {
      shouldUseMultipart: ({ size }: { size: number | null }) => (size ?? 0) > 16 * MiB,
      getChunkSize: ({ size }: { size: number }) => Math.max(8, Math.ceil(size / 9500 / MiB)) * MiB,

      // Version 5 asks for each step.
      async getUploadParameters(file: UppyFile) {
        const { url, headers, key } = await presign(announce(file));
        // It reads the key where a POST's would be, which its types forbid.
        return { method: 'PUT' as const, url, headers, fields: { key: key as never } };
      },
      createMultipartUpload: (file: UppyFile) => begin(announce(file)),
      signPart: (_: UppyFile, part: Begun & { partNumber: number }) => signPart(part, part.partNumber),
      listParts: async (_: UppyFile, begun: Begun) =>
        (await list(begun)).map(({ partNumber, etag, size }) => ({
          PartNumber: partNumber,
          ETag: etag,
          Size: size,
        })),
      completeMultipartUpload: (_: UppyFile, begun: Begun) => complete(begun),
      abortMultipartUpload: (_: UppyFile, begun: Begun) => abort(begun),

      // Version 6 speaks to S3 alone, and has every request signed. The key it wants is what the API is to be told; where
      // the API does the work, a `data:` URL brings the answer that S3 would give.
      generateObjectKey: (file: UppyFile) => JSON.stringify(announce(file)),
      async signRequest(request: S3Request): Promise<S3Signed> {
        const { method, key, uploadId, partNumber } = request;
        if (!uploadId) {
          const announcement: object = JSON.parse(key);
          if (method === 'PUT') return presign(announcement);
          const begun = await begin(announcement);
          const body = element('UploadId', begun.uploadId);
          return { key: begun.key, url: answer('InitiateMultipartUploadResult', body) };
        }
        const begun = { key, uploadId };
        if (partNumber) return signPart(begun, partNumber);
        if (method === 'DELETE') {
          await abort(begun);
          return { url: 'data:,' };
        }
        if (method === 'GET') {
          const parts = (await list(begun)).map(
            (part) =>
              `<Part>${element('PartNumber', `${part.partNumber}`)}${element('ETag', part.etag)}</Part>`,
          );
          return { url: answer('ListPartsResult', parts.join('')) };
        }
        const { location } = await complete(begun);
        const body = element('Location', location) + element('Key', key);
        return { url: answer('CompleteMultipartUploadResult', body) };
      },
    },

    /**
     * Registers what this Uppy has uploaded before it tells that it is complete: `file.response.body` is the
     * {@link StoredFile} then. A file that cannot be registered counts as failed.
     */
    registerFrom(uppy: UppyCore): void {
      const finish = async (fileId: string) => {
        const file = uppy.getFile(fileId);
        const key = file?.response?.body?.key;
        if (!file?.response || !key || file.error) return;
        try {
          const body = { ...(await register(file, key)) };
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

interface S3Request {
  readonly method: string;
  readonly key: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

interface S3Signed {
  url: string;
  key?: string;
  headers?: Record<string, string>;
}

/** As Uppy sends it, where a file does not say. */
function typeOf({ type }: UppyFile): string {
  return type || 'application/octet-stream';
}

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/[&<"]/g, (character) => `&${{ '&': 'amp', '<': 'lt', '"': 'quot' }[character]};`)}</${name}>`;
}

function answer(name: string, body: string): string {
  return `data:application/xml,${encodeURIComponent(`<${name}>${body}</${name}>`)}`;
}
