import { StorageError } from '@bkend/storage-contract';
import pg from 'pg';
import { type QuotaReached, quotaExceeded } from '../../uploads/quotas.ts';

/**
 * Classes of SQLSTATE (PostgreSQL manual, appendix A) that do not depend on the statement: connection, resources, operator
 * intervention, a transaction to retry, a login or a database that does not exist.
 */
const passing = new Set(['08', '28', '3D', '40', '53', '57']);
/** A standby that is not promoted yet refuses writes with this. */
const readOnlyTransaction = '25006';
/** Data exception: a value that PostgreSQL cannot hold, such as U+0000 in a text. */
const dataException = '22';
/** Raised by the trigger `keep_quotas`. */
const quotaState = 'BK001';

/**
 * Translates a driver's error: `common/unavailable` while the database cannot be reached, `common/invalid-parameters` for a
 * value that it cannot store, `file/quota-exceeded` for growth beyond a quota, `common/internal-error` for every other refusal. Errors that are not the driver's pass
 * unchanged.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) return translateSqlState(error);
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  // Everything else `pg` throws is a plain Error about the connection: refused, lost, timed out, closed.
  return unavailable(error);
}

function translateSqlState(error: pg.DatabaseError): StorageError {
  const state = error.code ?? '';
  const reached = quotaReachedOf(error);
  if (reached !== undefined) return quotaExceeded(reached.details);
  const stateClass = state.slice(0, 2);
  if (passing.has(stateClass) || state === readOnlyTransaction) return unavailable(error);
  if (stateClass === dataException) {
    return new StorageError('common/invalid-parameters', 'A value cannot be stored.', { cause: error });
  }
  return new StorageError('common/internal-error', 'The database refused a statement.', { cause: error });
}

/** The account and the quota that have refused a statement; undefined for every other error. */
export function quotaReachedOf(error: unknown): QuotaReached | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== quotaState) return undefined;
  // The function `keep_quotas` writes this detail.
  const { tenant, ownerId, ownerType, ...details } = JSON.parse(error.detail ?? '{}');
  return { tenant, ...(ownerId !== '' && { owner: { ownerId, ownerType } }), details };
}

function unavailable(cause: Error): StorageError {
  return new StorageError('common/unavailable', 'The database cannot be reached.', { cause });
}
