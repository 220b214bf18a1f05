import { invalidParameters, type Limits } from '@bkend/storage-contract';

/**
 * A list of users in order, each once.
 * @throws `common/invalid-parameters` when there are too many, or one could not be a user's id
 */
export function normaliseSharedWith(
  userIds: readonly string[],
  limits: Pick<Limits, 'maxSharedWith'>,
): string[] {
  const unique = [...new Set(userIds)].sort();
  if (unique.length > limits.maxSharedWith) {
    throw invalidParameters([{ field: 'sharedWith', message: `has at most ${limits.maxSharedWith} users` }]);
  }
  if (unique.some((userId) => userId === '' || userId.includes('\0') || !userId.isWellFormed())) {
    throw invalidParameters([{ field: 'sharedWith', message: 'holds user ids, which are not empty' }]);
  }
  return unique;
}
