import type { ErrorCode } from './error-codes.ts';

export interface StorageErrorOptions {
  /** Facts a client can act on; sent as `error.details`. */
  details?: Record<string, unknown>;
  /** What really happened; logged, never sent. */
  cause?: unknown;
}

/**
 * The one error of the project: a stable code, a sentence for a person, and facts for a program.
 * Adapters turn their driver's errors into it at their own edge.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** One field that failed validation. */
export interface ParameterIssue {
  /** Where it stands: `filename`, `metadata.tags[3]`, `query.limit`. */
  field: string;
  /** What would be right. */
  message: string;
}

/** Largest number of issues in the details of one refusal; the number of further ones stands beside them. */
export const maxIssues = 20;

/** Names of fields can be as long as the request. */
const maxFieldLength = 120;
const maxIssueLength = 300;

/** Issues that the sentence names; the others stand in `details` alone. */
const maxIssuesInMessage = 5;

/**
 * `common/invalid-parameters` naming the fields at fault in `details.issues`, at most {@link maxIssues}; `details.moreIssues`
 * counts the rest.
 */
export function invalidParameters(issues: readonly ParameterIssue[]): StorageError {
  const told = issues.slice(0, maxIssues).map(({ field, message }) => ({
    field: shorten(field, maxFieldLength),
    message: shorten(message, maxIssueLength),
  }));
  const named = told.slice(0, maxIssuesInMessage).map(({ field, message }) => `${field} ${message}`);
  const others = issues.length - named.length;
  const summary = [...named, ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
  const moreIssues = issues.length - told.length;
  return new StorageError('common/invalid-parameters', `Invalid parameters: ${summary}.`, {
    details: { issues: told, ...(moreIssues > 0 && { moreIssues }) },
  });
}

/** The first characters of a text that is too long to repeat. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).toWellFormed()}…`;
}
