import { invalidParameters, StorageError } from '@bkend/storage-contract';
import { type Operator, type OperatorRights, readName } from './operator.ts';
import { type Passwords, requirePassword } from './password.ts';
import type { OperatorRepository, SetupCode, VerifiedOperator } from './ports.ts';
import { generateSecret, hashSecret, isSecret } from './secret.ts';

export interface OperatorsDeps {
  readonly operators: OperatorRepository;
  readonly passwords: Passwords;
  readonly clock: () => Date;
  readonly newId: () => string;
}

type LinkDeps = Pick<OperatorsDeps, 'operators' | 'clock'>;

/** Milliseconds for which a link can be used. */
const lifeMs = { first: 30 * 60_000, later: 24 * 60 * 60_000 };

/**
 * Creates the link of the first owner, in place of those of earlier starts.
 * @returns its code; undefined in an installation with operators
 */
export async function createFirstCode(deps: LinkDeps): Promise<string | undefined> {
  if (await deps.operators.hasAny()) return undefined;
  const owner = { purpose: 'create', role: 'owner', projects: [] } as const;
  return createCode(deps, owner, { lifeMs: lifeMs.first, replaces: true });
}

/** Creates a link for a new operator. @returns its code, good for a day */
export async function inviteOperator(deps: LinkDeps, rights: OperatorRights): Promise<string> {
  return createCode(deps, { purpose: 'create', ...rights }, { lifeMs: lifeMs.later, replaces: false });
}

/**
 * Creates a link that sets a new password. The one of before and all sessions end now: it may be in other hands.
 * @returns its code, good for a day; undefined where no operator has the name
 */
export async function resetOperator(deps: LinkDeps, name: string): Promise<string | undefined> {
  const found = await deps.operators.findByName(name);
  if (found === undefined) return undefined;
  const code = { purpose: 'reset', operator: found.operator } as const;
  return createCode(deps, code, { lifeMs: lifeMs.later, replaces: false });
}

/**
 * Removes an operator; sessions and links end at once.
 * @returns undefined where no operator has the name
 */
export async function removeOperator(
  { operators }: Pick<LinkDeps, 'operators'>,
  name: string,
): Promise<Operator | 'last-owner' | undefined> {
  const found = await operators.findByName(name);
  return found && operators.remove(found.operator.id);
}

async function createCode(
  { operators, clock }: LinkDeps,
  code: SetupCode,
  { lifeMs, replaces }: { readonly lifeMs: number; readonly replaces: boolean },
): Promise<string> {
  const secret = generateSecret();
  const at = clock();
  await operators.insertCode(hashSecret(secret), code, {
    at,
    expiresAt: new Date(at.getTime() + lifeMs),
    replaces,
  });
  return secret;
}

/**
 * Reads the purpose of a link.
 * @throws `common/not-found` for a link that is unknown, used or past its end
 */
export async function readCode({ operators, clock }: LinkDeps, secret: string): Promise<SetupCode> {
  const code = isSecret(secret) ? await operators.findCode(hashSecret(secret), clock()) : undefined;
  return code ?? linkUsed();
}

/**
 * Uses a link: creates its operator, or sets the password of its operator, whose sessions end.
 * @param request.name ignored by a link that sets a password
 * @throws `common/not-found` as {@link readCode}, `common/invalid-parameters` for a name that is taken, or a weak password
 */
export async function redeemCode(
  deps: OperatorsDeps,
  request: { readonly code: string; readonly name?: string; readonly password: string },
): Promise<VerifiedOperator> {
  const code = await readCode(deps, request.code);
  const hash = hashSecret(request.code);
  const { operators, passwords, clock, newId } = deps;
  if (code.purpose === 'reset') {
    requirePassword(request.password, code.operator.name);
    const passwordHash = await passwords.hash(request.password);
    const operator = await operators.resetByCode(hash, passwordHash, clock());
    return operator === 'used' ? linkUsed() : { operator, passwordHash };
  }
  const name = readName(request.name ?? '');
  requirePassword(request.password, name);
  const passwordHash = await passwords.hash(request.password);
  const created = await operators.createByCode(hash, { id: newId(), name, passwordHash, at: clock() });
  if (created === 'taken')
    throw invalidParameters([{ field: 'name', message: 'is taken by another operator' }]);
  return created === 'used' ? linkUsed() : { operator: created, passwordHash };
}

function linkUsed(): never {
  throw new StorageError(
    'common/not-found',
    'This link was used, or its time is over. "bkend-storage console invite" makes another.',
  );
}
