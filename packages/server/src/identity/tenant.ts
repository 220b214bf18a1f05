/**
 * A project and one of its environments: the wall nothing is ever visible across.
 * Written `project/environment`, which is also the prefix of every key the tenant stores under.
 */
export type Tenant = `${string}/${string}`;

/** The environment of the first start. */
export const firstTenant: Tenant = 'default/dev';

/** Lower case, so that a key never depends on case; no words of the image-URL grammar stand first in a key. */
const projectPattern = /^[a-z][a-z0-9-]{0,62}$/;
const wordsOfTheImageGrammar = new Set([
  'unsafe',
  'meta',
  'trim',
  'fit-in',
  'full-fit-in',
  'adaptive-fit-in',
  'adaptive-full-fit-in',
  'stretch',
  'smart',
  'left',
  'center',
  'right',
  'top',
  'middle',
  'bottom',
  'orig',
  'filters',
  'health',
  'metrics',
]);

export const projectRule =
  'must begin with a lower-case letter, go on with at most 62 letters, digits or "-", and not be a word of image URLs such as "smart"';

/** Whether a project may bear this name. */
export function isProjectName(name: string): boolean {
  return projectPattern.test(name) && !wordsOfTheImageGrammar.has(name);
}

const environmentPattern = /^[a-z][a-z0-9-]{0,31}$/;

export const environmentRule =
  'must begin with a lower-case letter and go on with at most 31 lower-case letters, digits or "-"';

/** Whether an environment may bear this name. */
export function isEnvironmentName(name: string): boolean {
  return environmentPattern.test(name);
}

/** The tenant of a project's environment. */
export function tenantOf(project: string, environment: string): Tenant {
  return `${project}/${environment}`;
}

/** Reads `project/environment`; undefined unless both may bear these names. */
export function parseTenant(text: string): Tenant | undefined {
  const [project = '', environment = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isProjectName(project) || !isEnvironmentName(environment)) return undefined;
  return tenantOf(project, environment);
}

/** The project of a tenant. */
export function projectOf(tenant: Tenant): string {
  return tenant.slice(0, tenant.indexOf('/'));
}
