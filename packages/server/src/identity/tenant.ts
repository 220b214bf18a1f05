/**
 * A project and one of its environments: the wall nothing is ever visible across.
 * Written `project/environment`, which is also the prefix of every key the tenant stores under.
 */
export type Tenant = `${string}/${Environment}`;

export const environments = ['dev', 'staging', 'prod'] as const;
export type Environment = (typeof environments)[number];

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

/** The tenant of a project's environment. */
export function tenantOf(project: string, environment: Environment): Tenant {
  return `${project}/${environment}`;
}
