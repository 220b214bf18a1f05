import type { Config } from '../config/config.ts';

/** The one-time link of a code. The code is in the fragment, which browsers send to no server. */
export function setupUrl({ console }: Config, code: string): string {
  return `${console.publicUrl}/#setup=${code}`;
}
