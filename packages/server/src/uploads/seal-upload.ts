import { StorageError } from '@bkend/storage-contract';
import { normaliseMimeType } from '../files/mime-type.ts';
import type { ObjectStore, StartedObject } from '../files/object-store.ts';
import type { UploadsDeps } from './deps.ts';
import { copyKeyOf, pendingKeyOf } from './file-key.ts';
import type { Upload } from './upload.ts';

/** Registered bytes: size and ETag are those of this object, which is never written again. */
export interface SealedBytes {
  readonly objectKey: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** HEADs of bytes that a PUT overwrites before their copy; then the client has to try again. */
const maxHeads = 5;

/** The object key that an upload's bytes arrive at. */
export function arrivalKeyOf(upload: Upload): string {
  return upload.isPending ? pendingKeyOf(upload.key) : upload.key;
}

/**
 * Puts the bytes of an upload where no URL of a client writes: those of a single PUT are copied within the store; those of a
 * completed multipart upload are out of reach of its part URLs. One HEAD and one copy, more when the bytes change in
 * between; the copy alone where the store answers with its size. Where first bytes are checked, a ranged GET stands in for the HEAD.
 * @param steps.firstBytes number of first bytes that `check` needs; 0 for none
 * @param steps.from the object to copy; by default the one that the bytes of the upload arrive at
 * @param steps.check throws when the bytes are not those announced
 * @param steps.copying called before a copy begins: from then on there may be one
 * @throws `file/upload-incomplete` when the bytes are not there, and what `check` throws
 */
export async function sealUpload(
  { objects }: Pick<UploadsDeps, 'objects'>,
  { upload, attempt }: { readonly upload: Upload; readonly attempt: string },
  {
    from = arrivalKeyOf(upload),
    firstBytes,
    ...steps
  }: {
    readonly from?: string | undefined;
    readonly firstBytes: number;
    check(object: Omit<StartedObject, 'etag'>): Promise<void>;
    copying(): void;
  },
): Promise<SealedBytes> {
  const objectKey = copyKeyOf(upload.key, attempt);
  const contentType = normaliseMimeType(upload.contentType);
  if (upload.multipartId === undefined && objects.copyWithoutHead !== undefined) {
    steps.copying();
    const copy = await objects.copyWithoutHead({ from, to: objectKey, contentType, firstBytes });
    if (copy === undefined) throw uploadIncomplete();
    await steps.check(copy);
    return sealedAs(objectKey, copy);
  }
  for (let count = 1; count <= maxHeads; count += 1) {
    const found = await findStarted(objects, from, firstBytes);
    if (found === undefined) throw uploadIncomplete();
    await steps.check(found);
    if (upload.multipartId !== undefined) return sealedAs(from, found);

    steps.copying();
    const copy = await objects.copy({ from, to: objectKey, contentType, source: found });
    if (copy === 'source-changed') continue;
    // A copy with another ETag may have other bytes than those that were checked.
    const isSame = copy.etag === found.etag && copy.sizeBytes === found.sizeBytes;
    if (!isSame) {
      const written = await findStarted(objects, objectKey, firstBytes);
      if (written === undefined)
        throw new StorageError(
          'common/unavailable',
          'The copy of these bytes cannot be read yet; try again.',
        );
      await steps.check(written);
    }
    return { objectKey, ...copy };
  }
  throw new StorageError(
    'common/unavailable',
    'These bytes are overwritten again and again; try again when no upload to this URL is under way.',
  );
}

const noBytes = { firstBytes: new Uint8Array() };

/** An object with its first bytes: a HEAD where none are wanted, else one ranged GET. */
export async function findStarted(
  objects: Pick<ObjectStore, 'head' | 'headWithFirstBytes'>,
  key: string,
  firstBytes: number,
): Promise<StartedObject | undefined> {
  if (firstBytes > 0) return objects.headWithFirstBytes(key, firstBytes);
  const found = await objects.head(key);
  return found && { ...found, ...noBytes };
}

function sealedAs(objectKey: string, { etag, sizeBytes }: StartedObject): SealedBytes {
  return { objectKey, etag, sizeBytes };
}

function uploadIncomplete(): StorageError {
  return new StorageError(
    'file/upload-incomplete',
    'The bytes are not in storage yet: PUT them (or complete the multipart upload), then register.',
  );
}
