import { invalidParameters } from '@bkend/storage-contract';
import { type Admin, isUserId, type Scope } from '../caller.ts';
import { projectOf, type Tenant } from '../tenant.ts';

export const operatorRoles = ['owner', 'admin', 'viewer'] as const;
/** `owner`: the whole installation. `admin`: everything in the projects named. `viewer`: reads them. */
export type OperatorRole = (typeof operatorRoles)[number];

/** The rights of an operator. */
export interface OperatorRights {
  readonly role: OperatorRole;
  /** Projects of an admin or a viewer; owners have all. */
  readonly projects: readonly string[];
}

/** A person who uses the console. */
export interface Operator extends OperatorRights {
  /** UUIDv7. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

const viewerScopes: readonly Scope[] = ['*:read'];
const maxNameLength = 64;

/** Whether the rights include a project. */
export function mayOpen({ role, projects }: OperatorRights, project: string): boolean {
  return role === 'owner' || projects.includes(project);
}

/**
 * Returns the caller that an operator is within a tenant: an admin, of which a viewer has the scope of reading.
 * @returns undefined where the operator has no right in the project
 */
export function callerOf(operator: Operator, tenant: Tenant): Admin | undefined {
  if (!mayOpen(operator, projectOf(tenant))) return undefined;
  const scopes = operator.role === 'viewer' ? viewerScopes : [];
  return { kind: 'admin', tenant, keyId: `operator:${operator.id}`, scopes };
}

/** The form in which names are compared: case and compatibility forms aside. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/**
 * Reads the name of a new operator: without spaces at its ends.
 * @throws `common/invalid-parameters` for an empty or long name, and for one with control characters
 */
export function readName(text: string): string {
  const name = text.trim();
  if (isUserId(name) && [...name].length <= maxNameLength) return name;
  throw invalidParameters([
    {
      field: 'name',
      message: `must have 1 to ${maxNameLength} characters, none of them a control character`,
    },
  ]);
}
