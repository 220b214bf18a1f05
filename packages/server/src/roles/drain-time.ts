import type { Config } from '../config/config.ts';

/** What a role needs to let go of the database and the store when its last request is over. */
const closingMs = 2000;

/** How long requests in progress may take to end, so that the role has ended within the time that it is given. */
export function drainTimeMs({ shutdownGraceSeconds }: Pick<Config, 'shutdownGraceSeconds'>): number {
  const graceMs = shutdownGraceSeconds * 1000;
  return Math.max(graceMs - closingMs, graceMs / 2);
}
