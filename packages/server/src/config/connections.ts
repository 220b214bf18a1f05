import { BlockList, isIP } from 'node:net';
import type { Settings } from './settings.ts';

const maxPerMinute = 10_000_000_000;

/** What connections may cost, and whose word about a client's address counts. */
export interface ConnectionsConfig {
  /** At once, on each public port of a process. */
  readonly max: number;
  /** Addresses and ranges of proxies, `10.0.0.0/8`: their `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Requests a minute that the image host answers each address; 0 is no limit. */
  readonly imagesPerMinute: number;
}

/** @param apiPerMinute requests a minute that the API allows each caller */
export function parseConnections(settings: Settings, apiPerMinute: number): ConnectionsConfig {
  const proxies = (settings.text('BKEND_TRUSTED_PROXIES') ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  for (const range of proxies) {
    if (!isRange(range)) {
      settings.report(
        'BKEND_TRUSTED_PROXIES',
        `${JSON.stringify(range)} is neither an address nor a range such as 10.0.0.0/8 or fd00::/8.`,
      );
    }
  }
  return {
    max: settings.integer('BKEND_MAX_CONNECTIONS', 10_000, { min: 10, max: 1_000_000 }),
    trustedProxies: proxies.filter(isRange),
    imagesPerMinute: settings.integer('BKEND_IMAGE_RATE_LIMIT', apiPerMinute * 10, {
      min: 0,
      max: maxPerMinute,
    }),
  };
}

function isRange(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return false;
  const bits = family === 6 ? 128 : 32;
  return prefix === undefined || (Number(prefix) <= bits && canBlock(address, Number(prefix), family));
}

function canBlock(address: string, prefix: number, family: number): boolean {
  try {
    new BlockList().addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}
