import { LRUCache } from 'lru-cache';
import type { UploadSum } from './ports.ts';

/** A count from the database is renewed after this time, and valid until uploads of this share of the limit began after it. */
const renewedAfterMs = 5_000;
const uncountedShare = 0.1;

const maxKnownAccounts = 10_000;

/** The request of an upload to an account: a number of uploads, usually one, and bytes. */
export interface Asked {
  readonly account: string;
  readonly asked: UploadSum;
  readonly limits: UploadSum;
  /** The sum in the database. */
  count(): Promise<UploadSum>;
  /** The refusal. */
  refusal(used: UploadSum): Error;
}

/** The uploads of an account, as far as this process has begun or counted them. */
interface Account {
  /** All uploads ever begun here, and those of them whose row is committed. */
  begun: UploadSum;
  committed: UploadSum;
  counted: Count | undefined;
  counting: Promise<void> | undefined;
}

interface Count {
  /** The sum in the database. */
  readonly total: UploadSum;
  /** `begun` and `committed` when the count was asked for. */
  readonly begunBefore: UploadSum;
  readonly committedBefore: UploadSum;
  readonly at: number;
}

/**
 * Bounds a number and bytes that are counted in the database. Most uploads begin without waiting for the database, which is
 * asked again after 5 s, after a tenth of the limit, and before a refusal. One process never exceeds the limit; of several,
 * each may exceed it by a tenth.
 */
export class CountedBudget {
  readonly #accounts = new LRUCache<string, Account>({ max: maxKnownAccounts });

  /**
   * Begins an upload where the budget allows it.
   * @param begin commits the upload's row
   * @throws the refusal, and what `begin` throws
   */
  async spend(
    { account: name, asked, limits, count, refusal }: Asked,
    begin: () => Promise<void>,
  ): Promise<void> {
    const account = this.#accountOf(name);
    if (!isBelieved(account, limits) || !fits(account, asked, limits)) {
      await renew(account, count);
      if (!fits(account, asked, limits)) throw refusal(usedOf(account));
    } else if (isOld(account)) {
      // The last count is used meanwhile, and when this one fails.
      renew(account, count).catch(() => undefined);
    }
    account.begun = plus(account.begun, asked);
    try {
      await begin();
    } finally {
      account.committed = plus(account.committed, asked);
    }
  }

  #accountOf(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = { begun: none, committed: none, counted: undefined, counting: undefined };
    this.#accounts.set(name, account);
    return account;
  }
}

/** Asks the database; concurrent uploads wait for one answer. */
function renew(account: Account, count: () => Promise<UploadSum>): Promise<void> {
  account.counting ??= ask(account, count).finally(() => {
    account.counting = undefined;
  });
  return account.counting;
}

async function ask(account: Account, count: () => Promise<UploadSum>): Promise<void> {
  const { begun: begunBefore, committed: committedBefore } = account;
  const total = await count();
  account.counted = { total, begunBefore, committedBefore, at: performance.now() };
}

const none: UploadSum = { uploads: 0, bytes: 0 };

function plus(a: UploadSum, b: UploadSum, sign: 1 | -1 = 1): UploadSum {
  return { uploads: a.uploads + sign * b.uploads, bytes: a.bytes + sign * b.bytes };
}

function isOld({ counted }: Account): boolean {
  return counted === undefined || performance.now() - counted.at > renewedAfterMs;
}

/** Whether the last count is still valid. */
function isBelieved({ counted, begun }: Account, limits: UploadSum): boolean {
  if (counted === undefined) return false;
  const begunSince = plus(begun, counted.begunBefore, -1);
  return begunSince.uploads < limits.uploads * uncountedShare;
}

/** Rows committed during a count may count twice; none is left out. */
function usedOf({ counted, begun }: Account): UploadSum {
  if (counted === undefined) return none;
  return plus(counted.total, plus(begun, counted.committedBefore, -1));
}

/** A request for nothing more of a kind fits, however much of it is used. */
function fits(account: Account, asked: UploadSum, limits: UploadSum): boolean {
  const used = usedOf(account);
  return (
    (asked.uploads === 0 || used.uploads + asked.uploads <= limits.uploads) &&
    (asked.bytes === 0 || used.bytes + asked.bytes <= limits.bytes)
  );
}
