import { uniteOrigins } from '@bkend/http';
import type { Origins } from '@bkend/storage-contract';
import type { Config } from '../config/config.ts';

const united = new WeakMap<object, Origins>();

/** The origins, and that of the console, which objects and images always allow. Lists are united once, as they are read often. */
export function allowConsole({ console }: Config, origins: Origins): Origins {
  if (origins === '*') return origins;
  const known = united.get(origins) ?? uniteOrigins(origins, [new URL(console.publicUrl).origin]);
  united.set(origins, known);
  return known;
}
