import { type ParameterIssue, StorageError } from '@bkend/storage-contract';
import { UsageError } from './usage-error.ts';

/**
 * Turns `common/invalid-parameters` into a UsageError with a line for each issue in its details: its message names the
 * first few alone. Any other error stays what it is.
 */
export function tellAllIssues(error: unknown): unknown {
  if (!(error instanceof StorageError) || error.code !== 'common/invalid-parameters') return error;
  const { issues, moreIssues } = error.details;
  const told = Array.isArray(issues) ? issues.filter(isIssue) : [];
  if (told.length < 2) return new UsageError(error.message);
  const lines = told.map(({ field, message }) => `  ${field} ${message}`);
  const more = moreIssues === undefined ? [] : [`  and ${moreIssues} more`];
  return new UsageError('Invalid parameters; nothing is changed:', ...lines, ...more);
}

function isIssue(value: unknown): value is ParameterIssue {
  return typeof value === 'object' && value !== null && 'field' in value && 'message' in value;
}
