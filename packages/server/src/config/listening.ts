import { isIPv6 } from 'node:net';
import {
  forRoles,
  type HostName,
  hostRoles,
  hostTitle,
  type OptionalHostName,
  optionalHosts,
  publicHosts,
  roles,
} from './role-table.ts';
import type { IntegerSetting, Setting, TextSetting, UrlSetting } from './setting.ts';
import type { Settings } from './settings.ts';

/** Address on which a role listens, and the URL by which clients reach it. */
export interface ListeningConfig {
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly publicUrl: string;
}

/** Addresses of all roles that have a public port, or can have one. */
export type Listening = Readonly<
  Record<HostName, ListeningConfig> &
    // Health only; without a port, on the operations port alone.
    Record<OptionalHostName, { readonly host: string; readonly port?: number }>
>;

const hostSetting = {
  name: 'BKEND_HOST',
  kind: 'text',
  default: '127.0.0.1',
  description: 'Address that the hosts listen on; `0.0.0.0` for all.',
  roles: hostRoles,
} as const satisfies TextSetting;

function portSetting(host: HostName) {
  return {
    name: portVariable(host),
    kind: 'integer',
    default: roles[host].port,
    min: 1,
    max: 65_535,
    unit: 'port',
    description: `Port of the ${hostTitle(host)} host.`,
    roles: hostRoles,
  } as const satisfies IntegerSetting;
}

function optionalPortSetting(role: OptionalHostName) {
  return {
    name: portVariable(role),
    kind: 'integer',
    min: 0,
    max: 65_535,
    unit: 'port',
    description: `Port for health of the ${role}, besides their operations port. Unset: none.`,
    roles: hostRoles,
  } as const satisfies IntegerSetting;
}

function urlSetting(host: HostName) {
  return {
    name: `BKEND_${host.toUpperCase()}_URL`,
    kind: 'url',
    mayHavePath: roles[host].urlMayHavePath,
    defaultText: 'made of host and port',
    description: `URL by which clients reach the ${hostTitle(host)} host, when behind a proxy.`,
    roles: hostRoles,
  } as const satisfies UrlSetting;
}

const portSettings = forRoles(publicHosts, portSetting);
const optionalPortSettings = forRoles(optionalHosts, optionalPortSetting);
export const urlSettings = forRoles(publicHosts, urlSetting);

/** In the order of the documentation. */
export const listeningSettings: readonly Setting[] = [
  hostSetting,
  ...Object.values(portSettings),
  ...Object.values(optionalPortSettings),
  ...Object.values(urlSettings),
];

export function parseListening(settings: Settings): Listening {
  const host = parseHost(settings, hostSetting);
  return {
    ...forRoles(publicHosts, (name) => {
      const port = settings.integer(portSettings[name]);
      return { host, port, publicUrl: settings.url(urlSettings[name]) ?? urlOf(host, port) };
    }),
    ...forRoles(optionalHosts, (name) => {
      const setting = optionalPortSettings[name];
      return { host, ...(settings.isSet(setting) && { port: settings.integer(setting, 0) }) };
    }),
  };
}

/** Returns the public ports of roles, by the name of the variable that sets each. */
export function publicPorts(
  listeners: Readonly<Record<string, { readonly port?: number }>>,
): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(listeners).map(([role, { port }]) => [portVariable(role), port]));
}

function portVariable(role: string): string {
  return `BKEND_${role.toUpperCase()}_PORT`;
}

/** Returns the URL by which this machine reaches a listener: the loopback address for one that listens on all addresses. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

/** Reads a host name or address to listen on. */
export function parseHost(settings: Settings, setting: TextSetting & { readonly default: string }): string {
  const host = settings.text(setting);
  if (!URL.canParse(urlOf(host, 1)) || /[/:@?#]/.test(isIPv6(host) ? '' : host)) {
    settings.report(
      setting.name,
      `${JSON.stringify(host)} is not a host name or address, such as 127.0.0.1 or 0.0.0.0.`,
    );
    return setting.default;
  }
  return host;
}

/**
 * Reports every port that two listeners would share.
 * @param ports by the name of the variable that sets each.
 */
export function reportSharedPorts(
  settings: Settings,
  ports: Readonly<Record<string, number | undefined>>,
): void {
  const takenBy = new Map<number, string>();
  for (const [variable, port = 0] of Object.entries(ports)) {
    const other = takenBy.get(port);
    if (other !== undefined) settings.report(variable, `${port} is taken by ${other}; give each its own.`);
    else if (port !== 0) takenBy.set(port, variable);
  }
}
