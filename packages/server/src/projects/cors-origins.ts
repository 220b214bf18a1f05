import type { Origins } from '@bkend/storage-contract';
import { InvalidSetting } from './setting.ts';

const maxOrigins = 100;

/**
 * Reads `*`, a list of origins, or a text of them with commas. An origin is scheme, host and port, as browsers send it
 * (RFC 6454, section 6.2).
 * @throws InvalidSetting with every text that is not an origin
 */
export function parseOrigins(input: unknown): Origins {
  if (input === '*') return '*';
  const list = typeof input === 'string' ? input.split(',').map((text) => text.trim()) : input;
  if (!Array.isArray(list) || list.length > maxOrigins) {
    throw new InvalidSetting(`must be "*" or a list of at most ${maxOrigins} origins`);
  }
  const origins = list.map((origin: unknown) => (typeof origin === 'string' ? origin : ''));
  const wrong = origins.filter((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong.length > 0) {
    const named = wrong.map((origin) => JSON.stringify(origin.slice(0, 80)));
    throw new InvalidSetting(
      ...named.map((origin) => `${origin} is not an origin such as https://app.example.com`),
    );
  }
  return [...new Set(origins)];
}
