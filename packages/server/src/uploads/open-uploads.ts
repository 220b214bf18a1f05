import { StorageError } from '@bkend/storage-contract';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { CountedBudget } from './counted-budget.ts';
import type { UploadRepository, UploadSum } from './ports.ts';
import type { Upload } from './upload.ts';

const mebibyte = 1024 * 1024;

/** The bytes that an upload of unannounced size counts for. */
export const unannouncedBytes = 100 * mebibyte;

type Limits = Pick<EnvironmentSettings, 'quotas.openUploads' | 'quotas.openUploadBytes'>;

/** Bounds the number and bytes of each owner's open uploads, as {@link CountedBudget} does. */
export class OpenUploadsBudget {
  readonly #uploads: Pick<UploadRepository, 'countOpen'>;
  readonly #budget = new CountedBudget();

  constructor(uploads: Pick<UploadRepository, 'countOpen'>) {
    this.#uploads = uploads;
  }

  /**
   * Begins an upload where its owner's budget allows it.
   * @param begin commits the upload's row
   * @throws `file/too-many-open-uploads`, and what `begin` throws
   */
  spend(upload: Upload, limits: Limits, begin: () => Promise<void>): Promise<void> {
    const { tenant, ownerId, ownerType, createdAt, sizeBytes: bytes = unannouncedBytes } = upload;
    const asked = {
      account: JSON.stringify([tenant, ownerType, ownerId]),
      asked: { uploads: 1, bytes },
      limits: { uploads: limits['quotas.openUploads'], bytes: limits['quotas.openUploadBytes'] },
      count: () => this.#uploads.countOpen(upload, { at: createdAt, unannouncedBytes }),
      refusal: (used: UploadSum) => tooManyOpenUploads(used, bytes, limits),
    };
    return this.#budget.spend(asked, begin);
  }
}

function tooManyOpenUploads(used: UploadSum, bytes: number, limits: Limits): StorageError {
  const isTooLargeAlone = bytes > limits['quotas.openUploadBytes'];
  return new StorageError(
    'file/too-many-open-uploads',
    isTooLargeAlone
      ? 'This upload alone is larger than all open uploads of one owner may be together here (quotas.openUploadBytes).'
      : 'Too many uploads are open: register or abort some of them, or wait until they expire.',
    {
      details: {
        ...(!isTooLargeAlone && { retryAfterSeconds: 60 }),
        uploads: { limit: limits['quotas.openUploads'], used: used.uploads, asked: 1 },
        bytes: { limit: limits['quotas.openUploadBytes'], used: used.bytes, asked: bytes },
      },
    },
  );
}
