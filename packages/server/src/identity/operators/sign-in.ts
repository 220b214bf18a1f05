import { StorageError } from '@bkend/storage-contract';
import type { Operator } from './operator.ts';
import { requirePassword } from './password.ts';
import type { Session, SessionRepository, VerifiedOperator } from './ports.ts';
import { generateSecret, hashSecret, isSecret } from './secret.ts';
import type { OperatorsDeps } from './set-up-operator.ts';

export interface SessionsDeps extends OperatorsDeps {
  readonly sessions: SessionRepository;
}

/** The client of a request. */
export interface Client {
  readonly address: string;
  /** `User-Agent`. */
  readonly browser: string;
}

/** A session ends this time after it began, and earlier when it is not used. */
export const sessionLifeMs = 7 * 24 * 60 * 60_000;
const idleMs = 12 * 60 * 60_000;
/** A session in use is written at most once in this time. */
const seenEveryMs = 60_000;
const maxBrowserLength = 200;

/**
 * Verifies name and password. An unknown name takes as long as a wrong password, and has the same answer.
 * @throws `common/authentication-required`
 */
export async function requireOperator(
  { operators, passwords }: Pick<SessionsDeps, 'operators' | 'passwords'>,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<VerifiedOperator> {
  const found = await operators.findByName(name);
  const isRight = await passwords.verify(password, found?.passwordHash);
  if (found?.passwordHash !== undefined && isRight) {
    return { operator: found.operator, passwordHash: found.passwordHash };
  }
  throw wrongPassword();
}

const wrongPassword = () =>
  new StorageError('common/authentication-required', 'The name or the password is wrong.');

/**
 * Begins a session.
 * @returns its id, which the browser keeps
 * @throws `common/authentication-required` where the operator was removed or the password changed since it was verified
 */
export async function startSession(
  { sessions, clock }: Pick<SessionsDeps, 'sessions' | 'clock'>,
  { operator, passwordHash }: VerifiedOperator,
  { address, browser }: Client,
): Promise<string> {
  const id = generateSecret();
  const at = clock();
  const isBegun = await sessions.insert(hashSecret(id), {
    operatorId: operator.id,
    passwordHash,
    at,
    expiresAt: new Date(at.getTime() + sessionLifeMs),
    address,
    browser: browser.slice(0, maxBrowserLength).toWellFormed(),
  });
  if (!isBegun) throw wrongPassword();
  return id;
}

type ReadDeps = Pick<SessionsDeps, 'sessions' | 'clock'>;

/**
 * Finds the session of a request, which uses it.
 * @throws `common/authentication-required` for a session that is unknown, or has ended
 */
export async function requireSession(deps: ReadDeps, id: string | undefined): Promise<Session> {
  const session = await readSession(deps, id);
  const now = deps.clock();
  if (id !== undefined && now.getTime() - session.lastSeenAt.getTime() > seenEveryMs)
    await deps.sessions.noteSeen(hashSecret(id), now);
  return session;
}

/**
 * Finds a session without using it: an open event stream asks whether it still may run, and is no sign of a person.
 * @throws as {@link requireSession}
 */
export async function readSession({ sessions, clock }: ReadDeps, id: string | undefined): Promise<Session> {
  const now = clock();
  const hash = id !== undefined && isSecret(id) ? hashSecret(id) : undefined;
  const session = hash && (await sessions.find(hash, now, new Date(now.getTime() - idleMs)));
  if (session === undefined) {
    throw new StorageError('common/authentication-required', 'Sign in to the console.');
  }
  return session;
}

/** Ends a session; one that is unknown has ended already. */
export async function endSession(
  { sessions }: Pick<SessionsDeps, 'sessions'>,
  id: string | undefined,
): Promise<void> {
  if (id !== undefined && isSecret(id)) await sessions.delete(hashSecret(id));
}

/**
 * Changes the password of an operator, whose sessions all end.
 * @throws `common/authentication-required` for a wrong current password, `common/invalid-parameters` for a weak new one
 */
export async function changePassword(
  deps: SessionsDeps,
  operator: Operator,
  request: { readonly current: string; readonly password: string },
): Promise<VerifiedOperator> {
  await requireOperator(deps, { name: operator.name, password: request.current });
  requirePassword(request.password, operator.name);
  const passwordHash = await deps.passwords.hash(request.password);
  await deps.operators.setPassword(operator.id, passwordHash);
  return { operator, passwordHash };
}
