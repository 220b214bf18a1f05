import { invalidParameters, type Limits } from '@bkend/storage-contract';
import { isUserId } from '../identity/caller.ts';

/**
 * Sorts user ids and removes duplicates.
 * @throws `common/invalid-parameters` for too many, or for text that cannot be a user's id
 */
export function normaliseSharedWith(
  userIds: readonly string[],
  limits: Pick<Limits, 'maxSharedWith'>,
): string[] {
  const unique = [...new Set(userIds)].sort();
  if (unique.length > limits.maxSharedWith) {
    throw invalidParameters([{ field: 'sharedWith', message: `has at most ${limits.maxSharedWith} users` }]);
  }
  if (!unique.every(isUserId)) {
    throw invalidParameters([
      {
        field: 'sharedWith',
        message: 'holds user ids of 1 to 255 characters, none a control character, and neither "." nor ".."',
      },
    ]);
  }
  return unique;
}
