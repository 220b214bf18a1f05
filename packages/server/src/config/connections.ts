import { BlockList, isIP } from 'node:net';
import { hostRoles } from './role-table.ts';
import type { SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

export const connectionSettings = {
  trustedProxies: {
    name: 'BKEND_TRUSTED_PROXIES',
    kind: 'text',
    description:
      'Addresses and ranges of proxies in front, with commas (`10.0.0.0/8, fd00::/8`): their `X-Forwarded-For` names the client. Unset: no proxy is trusted.',
    roles: hostRoles,
  },
  max: {
    name: 'BKEND_MAX_CONNECTIONS',
    kind: 'integer',
    default: 10_000,
    min: 10,
    max: 1_000_000,
    description: 'Open connections on each public port of a process.',
    roles: hostRoles,
  },
  eventStreamsPerCaller: {
    name: 'BKEND_MAX_EVENT_STREAMS',
    kind: 'integer',
    default: 20,
    min: 1,
    max: 1_000_000,
    description: 'Open event streams of each user, and of each secret key, on an API process.',
    roles: ['api', 'console'],
  },
  signInsPerMinute: {
    name: 'BKEND_CONSOLE_SIGN_IN_LIMIT',
    kind: 'integer',
    default: 20,
    min: 1,
    max: 1_000_000,
    unit: 'requests a minute',
    description:
      'Passwords and one-time links that one address (IPv6: each /64) may try at the console. A check takes about 0.3 s, two at a time.',
    roles: ['console'],
  },
  imagesPerMinute: {
    name: 'BKEND_IMAGE_RATE_LIMIT',
    kind: 'integer',
    min: 0,
    max: 10_000_000_000,
    unit: 'requests a minute',
    defaultText: '10 × `BKEND_RATE_LIMIT`',
    description: 'Requests that an images host answers to each address (IPv6: each /64); 0 is no limit.',
    roles: ['images'],
  },
} as const satisfies SettingRows;

/** Bounds of connections, and the proxies that are trusted to name a client's address. */
export interface ConnectionsConfig {
  /** Open connections on each public port of a process. */
  readonly max: number;
  /** Addresses and ranges, `10.0.0.0/8`, whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  /** Open event streams of each caller on an API process. */
  readonly eventStreamsPerCaller: number;
  /** Passwords and one-time links that an address may try at the console, in tries a minute; at least one. */
  readonly signInsPerMinute: number;
  /** Requests a minute that the images host answers to each address; 0 is no limit. */
  readonly imagesPerMinute: number;
}

/** @param apiPerMinute rate limit of the API, in requests a minute for each caller. */
export function parseConnections(settings: Settings, apiPerMinute: number): ConnectionsConfig {
  const proxies = (settings.text(connectionSettings.trustedProxies) ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  for (const range of proxies) {
    if (!isRange(range)) {
      settings.report(
        connectionSettings.trustedProxies.name,
        `${JSON.stringify(range)} is neither an address nor a range such as 10.0.0.0/8 or fd00::/8.`,
      );
    }
  }
  return {
    max: settings.integer(connectionSettings.max),
    trustedProxies: proxies.filter(isRange),
    eventStreamsPerCaller: settings.integer(connectionSettings.eventStreamsPerCaller),
    signInsPerMinute: settings.integer(connectionSettings.signInsPerMinute),
    imagesPerMinute: settings.integer(connectionSettings.imagesPerMinute, apiPerMinute * 10),
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
