import type { ErrorCode } from './error-codes.ts';

export interface StorageErrorOptions {
  /** Facts that a client can act on; sent as `error.details`. */
  details?: Record<string, unknown>;
  /** The underlying error; logged, never sent. */
  cause?: unknown;
}

/**
 * The one error class of the project: a stable code, a sentence for a person, and facts for a program.
 * Adapters translate their driver's errors into it at their own edge.
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
  /** Path of the field: `filename`, `metadata.tags[3]`, `query.limit`. */
  field: string;
  /** The rule that the field breaks: `is required`, `must be integer`. */
  message: string;
}

/** Largest number of issues in the details of one error. */
const maxIssues = 20;

/** Field names can be as long as the request. */
const maxFieldLength = 120;
const maxIssueLength = 300;

/** Number of issues that the message names; the others are in `details` alone. */
const maxIssuesInMessage = 5;

/**
 * Creates a `common/invalid-parameters` error.
 *
 * @param issues one entry for each wrong field. `details.issues` gets the first {@link maxIssues}, `details.moreIssues` the
 *   number of the others; the message names the first five.
 */
export function invalidParameters(issues: readonly ParameterIssue[]): StorageError {
  const reported = issues.slice(0, maxIssues).map(({ field, message }) => ({
    field: shorten(field, maxFieldLength),
    message: shorten(message, maxIssueLength),
  }));
  const named = reported.slice(0, maxIssuesInMessage).map(({ field, message }) => `${field} ${message}`);
  const others = issues.length - named.length;
  const summary = [...named, ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
  const moreIssues = issues.length - reported.length;
  return new StorageError('common/invalid-parameters', `Invalid parameters: ${summary}.`, {
    details: { issues: reported, ...(moreIssues > 0 && { moreIssues }) },
  });
}

/** Cuts a text after `maxLength` UTF-16 code units and marks the cut with `…`; never splits a character. */
export function shorten(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).toWellFormed()}…`;
}
