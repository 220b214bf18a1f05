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

/** `common/invalid-parameters` naming every field at fault in `details.issues`. */
export function invalidParameters(issues: readonly ParameterIssue[]): StorageError {
  const summary = issues.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new StorageError('common/invalid-parameters', `Invalid parameters: ${summary}.`, {
    details: { issues },
  });
}
