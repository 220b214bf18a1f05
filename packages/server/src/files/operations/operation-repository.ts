import type { Tenant } from '../../identity/tenant.ts';
import type { Owner } from '../file.ts';

/** The change that an operation makes to each of its files. */
export type OperationTask =
  | { readonly kind: 'move-folder'; readonly folder: string; readonly destination: string }
  /** For good, or into the trash, where files that lie there already stay. */
  | { readonly kind: 'delete-folder' | 'trash-folder'; readonly folder: string }
  /** Every file, in the trash or not. */
  | { readonly kind: 'delete-all' };

/** An operation that begins. */
export interface NewOperation {
  readonly tenant: Tenant;
  readonly id: string;
  readonly task: OperationTask;
  readonly starter: Owner;
  /** Whose files it changes; absent: those of all owners. */
  readonly owner?: Owner;
  readonly createdAt: Date;
}

/** A change of many files that goes on in the background: of those that it found when it began, and no others. */
export interface Operation extends NewOperation {
  readonly state: 'running' | 'done' | 'failed';
  /** Files that it found when it began. */
  readonly total: number;
  readonly done: number;
  /** Files that cannot be changed. Those that others have moved away or deleted meanwhile are neither done nor failed. */
  readonly failed: number;
  /** Failures of the next batch so far. */
  readonly attempts: number;
}

/** Operations. Methods are safe to repeat. */
export interface OperationRepository {
  /**
   * Records an operation and its files, and moves or removes the kept folders that it concerns.
   * @returns the operation or, while an equal one of the same starter runs and no other files are to be changed, that one
   */
  start(operation: NewOperation): Promise<Operation>;
  find(tenant: Tenant, id: string): Promise<Operation | undefined>;
  /**
   * Changes the next files, counts them, and ends the operation when there are no more. Each file is changed wholly, with all
   * that follows from it. Any number of processes may do so at once.
   * @returns number of files changed
   */
  changeNext(operation: Operation, request: { readonly at: Date; readonly limit: number }): Promise<number>;
  /** Running operations whose next batch is due, the oldest first. */
  findDue(request: { readonly now: Date; readonly limit: number }): Promise<Operation[]>;
  /** Counts a failure: the next batch is due at `dueAt` or, without it, the operation has failed. */
  countFailure(operation: Operation, next: { readonly at: Date; readonly dueAt?: Date }): Promise<void>;
  /** Removes operations that ended before an instant. @returns their number */
  removeEnded(before: Date): Promise<number>;
}
