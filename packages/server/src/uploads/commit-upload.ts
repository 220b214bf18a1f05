import { type Category, StorageError, type Visibility } from '@bkend/storage-contract';
import { essenceOf } from '../files/mime-type.ts';
import type { ObjectInfo } from '../files/object-store.ts';
import { requirePolicy } from '../files/policy/require-policy.ts';
import type { Admin, User } from '../identity/caller.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { checkedBytesOf, requireContent } from './content-check/require-content.ts';
import type { UploadsDeps } from './deps.ts';
import { isInRange, requireFileSize, sizeRangeOf } from './file-size.ts';
import { type HeldUpload, holdUpload, whileHeld } from './hold-upload.ts';
import { type SealedBytes, sealUpload } from './seal-upload.ts';
import type { Upload } from './upload.ts';

type Deps = Pick<UploadsDeps, 'uploads' | 'objects' | 'clock' | 'limits'>;

export interface CommitInput<T> {
  readonly key: string;
  /** The object to seal; by default the upload's own. */
  readonly from?: string;
  readonly settings: EnvironmentSettings;
  /** Type and size that the client says its bytes have, and that they must have; a size that is absent is not compared. */
  readonly announced: {
    readonly mimeType: string;
    readonly sizeBytes?: number;
    /** Absent: as requested when presigning. */
    readonly category?: Category;
    /** Absent: as requested when presigning. */
    readonly visibility?: Visibility;
  };
  /** Contents of a file that there is, whose visibility stays. */
  readonly isContents?: true;
  /** Looks at the sealed bytes while the upload is held. @throws what refuses them */
  readonly inspect?: (sealed: SealedBytes) => Promise<void>;
  /** Writes the change that takes the sealed bytes. @returns undefined when the attempt has lost its upload */
  readonly commit: (held: HeldUpload, sealed: SealedBytes) => Promise<T | undefined>;
}

/** An attempt that loses its upload, by a pause longer than its lease, is repeated. */
const maxAttempts = 3;

/**
 * Claims an upload, seals its bytes and commits what takes them. Whatever fails, and wherever the process dies, the upload is
 * free again within the lease and the copy is purged.
 * @returns what `commit` returned
 * @throws `file/upload-not-found`, `file/access-denied`, `file/upload-incomplete`, `file/size-mismatch`,
 * `file/invalid-format`, `file/content-mismatch`, `file/file-too-large`, `file/file-too-small`, `file/policy-violation`,
 * `common/unavailable`, and what `commit` throws
 */
export async function commitUpload<T>(
  deps: Deps,
  caller: User | Admin,
  { key, from, settings, announced, isContents, inspect, commit }: CommitInput<T>,
): Promise<T> {
  for (let count = 1; count <= maxAttempts; count += 1) {
    const held = await holdUpload(deps, caller, key);
    const { upload, attempt } = held;
    const isSinglePut = from === undefined && upload.multipartId === undefined;
    const sizes = sizeRangeOf(isSinglePut ? 'single' : 'multipart', deps.limits, settings);
    let hasCopied = false;
    let storedBytes: number | undefined;
    try {
      requireAnnouncedType(upload, announced);
      const { category = upload.category, visibility = upload.visibility } = announced;
      const subject = {
        ...{ mimeType: upload.contentType, category },
        ...(isContents !== true && { visibility }),
      };
      requirePolicy(settings, { ...subject, sizeBytes: announced.sizeBytes });
      const firstBytes = checkedBytesOf(settings, upload.contentType);
      const sealed = await whileHeld(deps, held, async () => {
        const bytes = await sealUpload(deps, held, {
          from,
          firstBytes,
          check: async (object) => {
            storedBytes = object.sizeBytes;
            requireFileSize(storedBytes, sizes);
            if (announced.sizeBytes !== undefined) requireFileSize(announced.sizeBytes, sizes);
            requireSize(object, announced);
            requirePolicy(settings, { ...subject, sizeBytes: storedBytes });
            if (firstBytes > 0) await requireContent(upload.contentType, object.firstBytes);
          },
          copying: () => {
            hasCopied = true;
          },
        });
        await inspect?.(bytes);
        return bytes;
      });
      const done = await commit(held, sealed);
      if (done !== undefined) return done;
      await deps.uploads.release({ tenant: upload.tenant, key, attempt, hasCopied });
    } catch (error) {
      // Nothing accepts bytes of a size that is not allowed, or of another kind than the upload has.
      const isForbidden =
        error instanceof StorageError &&
        (error.code === 'file/content-mismatch' ||
          error.code === 'file/content-refused' ||
          (storedBytes !== undefined && !isInRange(storedBytes, sizes)));
      const ending = isForbidden
        ? deps.uploads.refuse(upload.tenant, key, error)
        : deps.uploads.release({ tenant: upload.tenant, key, attempt, hasCopied });
      // If this fails, too, the lease expires and the copy's purge is due then.
      await ending.catch(() => undefined);
      throw error;
    }
  }
  throw new StorageError('common/unavailable', 'This upload could not be held; try again.');
}

type Announced = CommitInput<unknown>['announced'];

/** @throws `file/size-mismatch` */
export function requireSize(object: Pick<ObjectInfo, 'sizeBytes'>, announced: Announced): void {
  if (announced.sizeBytes === undefined || object.sizeBytes === announced.sizeBytes) return;
  throw new StorageError(
    'file/size-mismatch',
    `The file was announced with ${announced.sizeBytes} bytes, and ${object.sizeBytes} are in storage.`,
    { details: { size: announced.sizeBytes, storedSize: object.sizeBytes } },
  );
}

/** The upload URL signs the type, so the bytes have that of the upload. @throws `file/invalid-format` */
export function requireAnnouncedType(upload: Pick<Upload, 'contentType'>, announced: Announced): void {
  if (essenceOf(upload.contentType) === essenceOf(announced.mimeType)) return;
  throw new StorageError(
    'file/invalid-format',
    `The file was announced as ${announced.mimeType}, and was uploaded as ${upload.contentType}.`,
    { details: { mimeType: announced.mimeType, storedMimeType: upload.contentType } },
  );
}
