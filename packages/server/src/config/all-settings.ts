import { serviceSettings } from './config.ts';
import { connectionSettings } from './connections.ts';
import { corsSettings } from './cors-origins.ts';
import { imagesSettings } from './images.ts';
import { limitSettings } from './limits.ts';
import { listeningSettings } from './listening.ts';
import { objectsSettings } from './objects.ts';
import { operationsSettings } from './operations.ts';
import { scannerSettings } from './scanner.ts';
import type { Setting, SettingRows } from './setting.ts';
import { tokenSettings } from './tokens.ts';
import { webhookSettings } from './webhooks.ts';

/** Settings of the command line as a client of the service; no role reads them. */
const clientSettings = {
  apiKey: {
    name: 'BKEND_API_KEY',
    kind: 'secret',
    description: 'API key of the commands that call a service (`put`, `get`, `ls`, …).',
    roles: [],
  },
  accessToken: {
    name: 'BKEND_ACCESS_TOKEN',
    kind: 'secret',
    description: 'Access token of the same commands.',
    roles: [],
  },
} as const satisfies SettingRows;

/** A chapter of `docs/settings.md`. */
interface SettingsSection {
  readonly title: string;
  readonly settings: readonly Setting[];
  /** Markdown below the table. */
  readonly notes?: string;
  /** Whether `serve --help` lists the settings too. */
  readonly isInHelp: boolean;
}

const { dataDir, databaseUrl, shutdownDelaySeconds, shutdownGraceSeconds, logLevel } = serviceSettings;
const { rateLimitPerMinute, ...otherLimits } = limitSettings;

/** All settings, in the order of the documentation. */
export const settingsSections: readonly SettingsSection[] = [
  {
    title: 'Addresses and stores',
    settings: [dataDir, ...listeningSettings, databaseUrl, ...Object.values(objectsSettings)],
    notes:
      'The database must allow the extensions `pg_trgm` and `btree_gin`, and sessions that stay: a pooler in front of it has to work in session mode. All tables are in a schema of their own, `bkend`.',
    isInHelp: true,
  },
  {
    title: 'Callers',
    settings: [
      ...Object.values(tokenSettings),
      corsSettings.allowed,
      ...(rateLimitPerMinute === undefined ? [] : [rateLimitPerMinute]),
    ],
    notes:
      'Each environment can have [settings of its own](projects.md), tokens and origins among them, which take precedence. With these, all environments but the home environment accept only tokens that name them, `"environment": "shop/prod"`.',
    isInHelp: true,
  },
  {
    title: 'Operations',
    settings: Object.values(operationsSettings),
    notes:
      'Each role has an operations port with `/health/live`, `/health/ready` and `/metrics` in Prometheus’ format. Health is on the public ports too, metrics are not. A default port that another program has is replaced by a free one, with a warning; a port that was set is not.',
    isInHelp: true,
  },
  { title: 'Connections', settings: Object.values(connectionSettings), isInHelp: true },
  { title: 'Limits', settings: Object.values(otherLimits), isInHelp: false },
  {
    title: 'Images',
    settings: Object.values(imagesSettings),
    notes: '[The image CDN](images.md) says what they do.',
    isInHelp: false,
  },
  { title: 'Scanner', settings: Object.values(scannerSettings), isInHelp: false },
  { title: 'Webhooks', settings: Object.values(webhookSettings), isInHelp: false },
  { title: 'Running', settings: [shutdownDelaySeconds, shutdownGraceSeconds, logLevel], isInHelp: true },
  { title: 'Command line', settings: Object.values(clientSettings), isInHelp: false },
];

const settingsByName = new Map(
  settingsSections.flatMap(({ settings }) => settings.map((setting) => [setting.name, setting] as const)),
);

/** Returns the setting of an environment variable; undefined for an unknown variable. */
export function findSetting(name: string): Setting | undefined {
  return settingsByName.get(name);
}
