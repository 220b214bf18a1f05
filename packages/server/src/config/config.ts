import { resolve } from 'node:path';
import type { Limits } from '@bkend/storage-contract';
import { type ConnectionsConfig, parseConnections } from './connections.ts';
import { parseCorsOrigins } from './cors-origins.ts';
import type { Env } from './env.ts';
import { type ImagesConfig, parseImages } from './images.ts';
import { parseLimits } from './limits.ts';
import { type Listening, parseListening, publicPorts, reportSharedPorts } from './listening.ts';
import { type ObjectsConfig, parseObjects } from './objects.ts';
import { chosenPorts, type OperationsPorts, parseOperations } from './operations.ts';
import { databaseClients, roleNames } from './role-table.ts';
import { parseScanner, type ScannerConfig } from './scanner.ts';
import type { SettingRows } from './setting.ts';
import { ConfigError, Settings } from './settings.ts';
import { parseTokens, type TokensConfig } from './tokens.ts';
import { parseWebhooks, type WebhooksConfig } from './webhooks.ts';

export const serviceSettings = {
  dataDir: {
    name: 'BKEND_DATA_DIR',
    kind: 'text',
    default: './data',
    description: 'Directory of the embedded database and store, the secrets, and the image cache.',
    roles: roleNames,
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    kind: 'secret',
    defaultText: 'unset: the embedded PostgreSQL',
    description: '`postgres://user:password@host:5432/database`, PostgreSQL 14 or newer.',
    roles: databaseClients,
  },
  shutdownDelaySeconds: {
    name: 'BKEND_SHUTDOWN_DELAY_SECONDS',
    kind: 'integer',
    defaultText: '0; 5 for `--only`',
    min: 0,
    max: 3600,
    unit: 'seconds',
    description: 'Time in which a stopping role still accepts requests while `/health/ready` is 503.',
    roles: roleNames,
  },
  shutdownGraceSeconds: {
    name: 'BKEND_SHUTDOWN_GRACE_SECONDS',
    kind: 'integer',
    default: 30,
    min: 0,
    max: 3600,
    unit: 'seconds',
    description: 'Time in which a stopping role may finish its requests before it is ended.',
    roles: roleNames,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    kind: 'choice',
    default: 'info',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    description: 'Least level of the lines that are logged.',
    roles: roleNames,
  },
} as const satisfies SettingRows;

type LogLevel = (typeof serviceSettings.logLevel.choices)[number];

type DatabaseConfig =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'external';
      /** `postgres://user:password@host:port/database` */
      readonly url: string;
    };

/** All settings, parsed once and frozen. The object store may be elsewhere, where no role listens. */
export interface Config extends Omit<Listening, 'objects'> {
  /** Absolute path. Holds the embedded database and store, the secrets, and the lock against a second start. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Time in which a stopping role may finish its requests before it is ended. */
  readonly shutdownGraceSeconds: number;
  /** Time in which a stopping role still accepts requests while its readiness is 503. Unset: 0, and 5 for `--only`. */
  readonly shutdownDelaySeconds?: number;
  readonly api: Listening['api'] & { readonly corsOrigins: '*' | readonly string[] };
  readonly images: Listening['images'] & ImagesConfig;
  readonly operations: OperationsPorts;
  readonly connections: ConnectionsConfig;
  readonly database: DatabaseConfig;
  readonly objects: ObjectsConfig;
  readonly tokens: TokensConfig;
  readonly limits: Limits;
  readonly scanner: ScannerConfig;
  readonly webhooks: WebhooksConfig;
}

/**
 * Parses the configuration from environment variables.
 * @throws ConfigError naming every variable that is wrong or contradicts another
 */
export function parseConfig(env: Env): Config {
  const settings = new Settings(env);
  const listening = parseListening(settings);
  const { objects: store, ...hosts } = listening;
  const objects = parseObjects(settings, store);
  const operations = parseOperations(settings, listening);
  reportSharedPorts(settings, {
    ...publicPorts(hosts),
    ...(objects.kind === 'embedded' && publicPorts({ objects })),
    ...chosenPorts(operations),
  });
  const limits = parseLimits(settings);
  const config: Config = {
    dataDir: resolve(settings.text(serviceSettings.dataDir)),
    logLevel: settings.choice(serviceSettings.logLevel),
    shutdownGraceSeconds: settings.integer(serviceSettings.shutdownGraceSeconds),
    ...(settings.isSet(serviceSettings.shutdownDelaySeconds) && {
      shutdownDelaySeconds: settings.integer(serviceSettings.shutdownDelaySeconds, 0),
    }),
    ...hosts,
    api: { ...hosts.api, corsOrigins: parseCorsOrigins(settings) },
    images: { ...hosts.images, ...parseImages(settings) },
    operations,
    connections: parseConnections(settings, limits.rateLimitPerMinute),
    database: parseDatabase(settings),
    objects,
    tokens: parseTokens(settings),
    limits,
    scanner: parseScanner(settings),
    webhooks: parseWebhooks(settings),
  };
  if (settings.problems.length > 0) throw new ConfigError(settings.problems);
  return deepFreeze(config);
}

function parseDatabase(settings: Settings): DatabaseConfig {
  const url = settings.secret(serviceSettings.databaseUrl)?.trim();
  if (url === undefined || url === '') return { kind: 'embedded' };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // The value is not shown, since it contains a password.
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    settings.report('DATABASE_URL', 'is not of the form postgres://user:password@host:5432/database.');
  } else if (parsed.pathname.length <= 1) {
    settings.report('DATABASE_URL', 'names no database: postgres://user:password@host:5432/database.');
  }
  return { kind: 'external', url };
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
