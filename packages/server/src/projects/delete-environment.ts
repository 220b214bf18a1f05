import { invalidParameters, StorageError } from '@bkend/storage-contract';
import type { Tenant } from '../identity/tenant.ts';
import type { DeletionRepository, EnvironmentRepository } from './ports.ts';

/** For operators: each caller has authorised the person. */
interface Deps {
  readonly deletions: Pick<DeletionRepository, 'begin' | 'beginProject'>;
  readonly clock: () => Date;
}

/**
 * Begins the deletion of an environment with its files, keys and webhooks. A job does it; repeating this changes nothing.
 * @throws `common/not-found`; `common/invalid-parameters` for the home environment
 */
export async function deleteEnvironment({ deletions, clock }: Deps, tenant: Tenant): Promise<void> {
  requireBegun(tenant, await deletions.begin(tenant, clock()));
}

/**
 * Begins the deletion of a project with all its environments.
 * @throws as {@link deleteEnvironment}
 */
export async function deleteProject({ deletions, clock }: Deps, name: string): Promise<void> {
  requireBegun(name, await deletions.beginProject(name, clock()));
}

/** Characters of a label. */
const maxLabelLength = 100;

/**
 * Changes the label of a project, whose name is for life.
 * @throws `common/not-found`, `common/invalid-parameters`
 */
export async function renameProject(
  { environments }: { readonly environments: Pick<EnvironmentRepository, 'labelProject'> },
  name: string,
  label: string,
): Promise<void> {
  const trimmed = label.trim();
  if (trimmed === '' || trimmed.length > maxLabelLength || /\p{Cc}/u.test(trimmed)) {
    const message = `has 1 to ${maxLabelLength} characters and no control characters`;
    throw invalidParameters([{ field: 'label', message }]);
  }
  if (!(await environments.labelProject(name, trimmed))) throw unknown(name);
}

function requireBegun(name: string, outcome: 'begun' | 'home' | 'unknown'): void {
  if (outcome === 'unknown') throw unknown(name);
  if (outcome === 'begun') return;
  const message =
    'is home, or has the home environment; make another one home first: environments set P/E home=true';
  throw invalidParameters([{ field: name, message }]);
}

function unknown(name: string): StorageError {
  return new StorageError('common/not-found', `There is no ${name}.`);
}
