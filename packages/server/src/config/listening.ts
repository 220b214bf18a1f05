import { isIPv6 } from 'node:net';
import type { Settings } from './settings.ts';

/** Where a role listens, and where clients find it. */
export interface ListeningConfig {
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end. */
  readonly publicUrl: string;
}

const ports = { api: 4500, objects: 4501, images: 4502 } as const;
type Host = keyof typeof ports;

export function parseListening(settings: Settings) {
  const host = parseHost(settings, 'BKEND_HOST');
  const parse = (name: Host): ListeningConfig => {
    const upper = name.toUpperCase();
    const port = settings.integer(`BKEND_${upper}_PORT`, ports[name], { min: 1, max: 65_535 });
    const publicUrl = settings.url(`BKEND_${upper}_URL`, { mayHavePath: name !== 'objects' });
    return { host, port, publicUrl: publicUrl ?? urlOf(host, port) };
  };
  return {
    api: parse('api'),
    objects: parse('objects'),
    images: parse('images'),
    jobs: {
      host,
      ...(settings.isSet('BKEND_JOBS_PORT') && {
        port: settings.integer('BKEND_JOBS_PORT', 0, { min: 0, max: 65_535 }),
      }),
    },
  };
}

/** The URL under which this machine reaches a listener; one that listens everywhere is reached at the loopback address. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

/** A host name or address to listen on. */
export function parseHost(settings: Settings, variable: string): string {
  const host = settings.text(variable) ?? '127.0.0.1';
  if (!URL.canParse(urlOf(host, 1)) || /[/:@?#]/.test(isIPv6(host) ? '' : host)) {
    settings.report(
      variable,
      `${JSON.stringify(host)} is not a host name or address, such as 127.0.0.1 or 0.0.0.0.`,
    );
    return '127.0.0.1';
  }
  return host;
}

/**
 * Reports every port that two listeners would share.
 * @param ports by the variable that sets it
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
