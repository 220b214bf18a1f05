import { resolve } from 'node:path';
import type { Limits } from '@bkend/storage-contract';
import { ConfigError } from './config-error.ts';
import { type ConnectionsConfig, parseConnections } from './connections.ts';
import type { Env } from './env.ts';
import { type ImagesConfig, parseImages } from './images.ts';
import { parseLimits } from './limits.ts';
import { type ListeningConfig, parseListening, reportSharedPorts } from './listening.ts';
import { type ObjectsConfig, parseObjects } from './objects.ts';
import { chosenPorts, type OperationsPorts, parseOperations } from './operations.ts';
import { Settings } from './settings.ts';
import { parseTokens, type TokensConfig } from './tokens.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export type DatabaseConfig =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'external';
      /** `postgres://user:password@host:port/database` */
      readonly url: string;
    };

/** Everything that can be set, read once and never changed. */
export interface Config {
  /** Absolute. Of the embedded database and store, of the secrets, and of what tells two starts from each other. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** How long a role may take to finish what it is doing before it is ended. */
  readonly shutdownGraceSeconds: number;
  readonly api: ListeningConfig & { readonly corsOrigins: '*' | readonly string[] };
  readonly images: ListeningConfig & ImagesConfig;
  /** Health only; without a port there is none but that for operations. */
  readonly jobs: { readonly host: string; readonly port?: number };
  readonly operations: OperationsPorts;
  readonly connections: ConnectionsConfig;
  readonly database: DatabaseConfig;
  readonly objects: ObjectsConfig;
  readonly tokens: TokensConfig;
  readonly limits: Limits;
}

/**
 * Makes the configuration from environment variables.
 * @throws ConfigError naming every variable that is wrong or contradicts another
 */
export function parseConfig(env: Env): Config {
  const settings = new Settings(env);
  const { api, images, jobs, objects: store } = parseListening(settings);
  const objects = parseObjects(settings, store);
  const operations = parseOperations(settings, { api, objects: store, images });
  reportSharedPorts(settings, {
    BKEND_API_PORT: api.port,
    BKEND_IMAGES_PORT: images.port,
    BKEND_JOBS_PORT: jobs.port,
    ...(objects.kind === 'embedded' && { BKEND_OBJECTS_PORT: objects.port }),
    ...chosenPorts(operations),
  });
  const limits = parseLimits(settings);
  const config: Config = {
    dataDir: resolve(settings.text('BKEND_DATA_DIR') ?? 'data'),
    logLevel: settings.choice('LOG_LEVEL', 'info', logLevels),
    shutdownGraceSeconds: settings.integer('BKEND_SHUTDOWN_GRACE_SECONDS', 30, { min: 0, max: 3600 }),
    api: { ...api, corsOrigins: parseCorsOrigins(settings) },
    images: { ...images, ...parseImages(settings) },
    jobs,
    operations,
    connections: parseConnections(settings, limits.rateLimitPerMinute),
    database: parseDatabase(settings),
    objects,
    tokens: parseTokens(settings),
    limits,
  };
  if (settings.problems.length > 0) throw new ConfigError(settings.problems);
  return deepFreeze(config);
}

function parseDatabase(settings: Settings): DatabaseConfig {
  const url = settings.text('DATABASE_URL');
  if (url === undefined) return { kind: 'embedded' };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // The value is not shown: it has a password in it.
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    settings.report('DATABASE_URL', 'is not of the form postgres://user:password@host:5432/database.');
  } else if (parsed.pathname.length <= 1) {
    settings.report('DATABASE_URL', 'names no database: postgres://user:password@host:5432/database.');
  }
  return { kind: 'external', url };
}

function parseCorsOrigins(settings: Settings): '*' | readonly string[] {
  const text = settings.text('BKEND_CORS_ORIGINS') ?? '*';
  if (text === '*') return '*';
  const origins = text.split(',').map((origin) => origin.trim());
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      settings.report(
        'BKEND_CORS_ORIGINS',
        `${JSON.stringify(origin)} is not an origin such as https://app.example.com; give "*" or a list with commas.`,
      );
    }
  }
  return origins;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
