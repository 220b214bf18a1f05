import { StorageError } from '@bkend/storage-contract';
import { expect } from 'vitest';

/** The code with which an attempt is refused; what else it was rejected with, when it was no refusal. */
export async function refusalCode(attempt: Promise<unknown>): Promise<unknown> {
  const error = await attempt.then(
    () => expect.fail('nothing was refused'),
    (reason: unknown) => reason,
  );
  return error instanceof StorageError ? error.code : error;
}
