import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import type { UploadRepository, UploadSum } from './ports.ts';
import type { Upload } from './upload.ts';

const mebibyte = 1024 * 1024;

/** The bytes that an upload of unannounced size counts for. */
export const unannouncedBytes = 100 * mebibyte;

/** A count from the database is renewed after this time, and valid until uploads of this share of the limit began after it. */
const renewedAfterMs = 5_000;
const uncountedShare = 0.1;

const maxKnownOwners = 10_000;

type Limits = Pick<EnvironmentSettings, 'quotas.openUploads' | 'quotas.openUploadBytes'>;

/** One owner's uploads, as far as this process has begun or counted them. */
interface Account {
  /** All uploads ever begun here, and those of them whose row is committed. */
  begun: UploadSum;
  committed: UploadSum;
  counted: Count | undefined;
  counting: Promise<void> | undefined;
}

interface Count {
  /** The open uploads in the database. */
  readonly total: UploadSum;
  /** `begun` and `committed` when the count was asked for. */
  readonly begunBefore: UploadSum;
  readonly committedBefore: UploadSum;
  readonly at: number;
}

/**
 * Bounds the number and bytes of each owner's open uploads. Most uploads begin without waiting for the database, which is
 * asked again after 5 s, after a tenth of the limit, and before a refusal. One API process never exceeds the limit; of
 * several, each may exceed it by a tenth.
 */
export class OpenUploadsBudget {
  readonly #uploads: Pick<UploadRepository, 'countOpen'>;
  readonly #accounts = new LRUCache<string, Account>({ max: maxKnownOwners });

  constructor(uploads: Pick<UploadRepository, 'countOpen'>) {
    this.#uploads = uploads;
  }

  /**
   * Begins an upload where its owner's budget allows it.
   * @param begin commits the upload's row
   * @throws `file/too-many-open-uploads`, and what `begin` throws
   */
  async spend(upload: Upload, limits: Limits, begin: () => Promise<void>): Promise<void> {
    const account = this.#accountOf(upload);
    const bytes = upload.sizeBytes ?? unannouncedBytes;
    if (!isBelieved(account, limits) || !fits(account, bytes, limits)) {
      await this.#count(account, upload);
      if (!fits(account, bytes, limits)) throw tooManyOpenUploads(usedOf(account), bytes, limits);
    } else if (isOld(account)) {
      // The last count is used meanwhile, and when this one fails.
      this.#count(account, upload).catch(() => undefined);
    }
    const one = { uploads: 1, bytes };
    account.begun = plus(account.begun, one);
    try {
      await begin();
    } finally {
      account.committed = plus(account.committed, one);
    }
  }

  #accountOf({ tenant, ownerId, ownerType }: Upload): Account {
    const name = JSON.stringify([tenant, ownerType, ownerId]);
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = { begun: none, committed: none, counted: undefined, counting: undefined };
    this.#accounts.set(name, account);
    return account;
  }

  /** Asks the database; concurrent uploads wait for one answer. */
  #count(account: Account, upload: Upload): Promise<void> {
    account.counting ??= this.#ask(account, upload).finally(() => {
      account.counting = undefined;
    });
    return account.counting;
  }

  async #ask(account: Account, upload: Upload): Promise<void> {
    const { begun: begunBefore, committed: committedBefore } = account;
    const total = await this.#uploads.countOpen(upload, { at: upload.createdAt, unannouncedBytes });
    account.counted = { total, begunBefore, committedBefore, at: performance.now() };
  }
}

const none: UploadSum = { uploads: 0, bytes: 0 };

function plus(a: UploadSum, b: UploadSum, sign: 1 | -1 = 1): UploadSum {
  return { uploads: a.uploads + sign * b.uploads, bytes: a.bytes + sign * b.bytes };
}

function isOld({ counted }: Account): boolean {
  return counted === undefined || performance.now() - counted.at > renewedAfterMs;
}

/** Whether the last count is still valid. */
function isBelieved({ counted, begun }: Account, limits: Limits): boolean {
  if (counted === undefined) return false;
  const begunSince = plus(begun, counted.begunBefore, -1);
  return begunSince.uploads < limits['quotas.openUploads'] * uncountedShare;
}

/** Rows committed during a count may count twice; none is left out. */
function usedOf({ counted, begun }: Account): UploadSum {
  if (counted === undefined) return none;
  return plus(counted.total, plus(begun, counted.committedBefore, -1));
}

function fits(account: Account, bytes: number, limits: Limits): boolean {
  const used = usedOf(account);
  return (
    used.uploads + 1 <= limits['quotas.openUploads'] && used.bytes + bytes <= limits['quotas.openUploadBytes']
  );
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
