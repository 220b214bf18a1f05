import type { Tenant } from '../tenant.ts';
import type { Operator, OperatorRights } from './operator.ts';

/** A one-time link: it creates an operator with these rights, or sets the password of one. */
export type SetupCode =
  | ({ readonly purpose: 'create' } & OperatorRights)
  | { readonly purpose: 'reset'; readonly operator: Operator };

interface NewOperator {
  readonly id: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly at: Date;
}

/** An operator who has given the password, and the hash that it was verified with or is kept as. */
export interface VerifiedOperator {
  readonly operator: Operator;
  readonly passwordHash: string;
}

/** A browser that an operator is signed in with. */
export interface Session {
  readonly operator: Operator;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

interface NewSession {
  readonly operatorId: string;
  /** The hash that the password was verified with. */
  readonly passwordHash: string;
  readonly at: Date;
  readonly expiresAt: Date;
  readonly address: string;
  /** `User-Agent` of the browser, shortened. */
  readonly browser: string;
}

/** A session as it is listed. */
export interface ListedSession extends Omit<Session, 'operator'> {
  readonly operatorName: string;
  readonly address: string;
  readonly browser: string;
}

/** Operators and their one-time links. Names are compared as `foldName` writes them. */
export interface OperatorRepository {
  /** Whether there is any operator. */
  hasAny(): Promise<boolean>;
  findByName(
    name: string,
  ): Promise<{ readonly operator: Operator; readonly passwordHash: string | undefined } | undefined>;
  /** Every operator, by name. */
  list(): Promise<Operator[]>;
  /**
   * A link that sets a password ends the earlier ones of its operator, the password of before and all sessions.
   * @param replaces whether earlier links that create an operator end
   */
  insertCode(hash: Buffer, code: SetupCode, times: CodeTimes & { readonly replaces: boolean }): Promise<void>;
  findCode(hash: Buffer, now: Date): Promise<SetupCode | undefined>;
  /**
   * Uses a link that creates an operator. Of concurrent calls one finds it.
   * @returns 'used' for a link that is unknown, used or past its end; 'taken' for a name that another operator has, whose link stays
   */
  createByCode(hash: Buffer, operator: NewOperator): Promise<Operator | 'used' | 'taken'>;
  /** Uses a link that sets a password, and ends all sessions and other links of its operator. @returns 'used' as {@link createByCode} */
  resetByCode(hash: Buffer, passwordHash: string, at: Date): Promise<Operator | 'used'>;
  /** Sets the password, and ends all sessions and links of the operator. */
  setPassword(operatorId: string, passwordHash: string): Promise<void>;
  /**
   * Removes an operator with all sessions and links. Of concurrent calls that would remove all owners, the last is refused.
   * @returns undefined for an id that no operator has
   */
  remove(operatorId: string): Promise<Operator | 'last-owner' | undefined>;
}

interface CodeTimes {
  readonly at: Date;
  readonly expiresAt: Date;
}

/** Sessions, by the hash of their id. They are read for every request, so that their end is in force at once. */
export interface SessionRepository {
  /** @returns false, without a session, where the operator was removed or the password changed since it was verified */
  insert(hash: Buffer, session: NewSession): Promise<boolean>;
  /** @param seenAfter a session that was not seen since has ended */
  find(hash: Buffer, now: Date, seenAfter: Date): Promise<Session | undefined>;
  noteSeen(hash: Buffer, at: Date): Promise<void>;
  delete(hash: Buffer): Promise<void>;
  /** Ends all sessions of an operator. @returns their number */
  deleteOf(operatorId: string): Promise<number>;
  /** Sessions that have not ended, the one that was seen last first. */
  list(now: Date): Promise<ListedSession[]>;
}

/** A change by an operator. */
interface AuditEntry {
  readonly at: Date;
  readonly operatorId: string;
  readonly operatorName: string;
  /** Absent for changes of the installation. */
  readonly tenant?: Tenant;
  /** Method and pattern of the route: `DELETE /v1/files/:fileId`. */
  readonly action: string;
  /** Values of the pattern's parameters. */
  readonly target: string;
  readonly requestId: string;
  readonly address: string;
}

/**
 * The audit log. An entry is written before its change begins, so that no change is without one; that of a one-time link when it has
 * been used, as its operator is not known before.
 */
export interface AuditLog {
  /** @returns the id of the entry */
  begin(entry: AuditEntry): Promise<number>;
  /** @param status the HTTP status of the answer */
  end(id: number, status: number): Promise<void>;
  /** Removes entries of before an instant. @returns their number, at most `limit` */
  removeOld(request: { readonly before: Date; readonly limit: number }): Promise<number>;
}
