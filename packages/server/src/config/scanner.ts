import type { SettingRows } from './setting.ts';
import type { Settings } from './settings.ts';

export const scannerSettings = {
  clamdUrl: {
    name: 'BKEND_CLAMD_URL',
    kind: 'text',
    defaultText: 'unset: files of environments with a scanner wait',
    description:
      'ClamAV’s daemon, which scans files of environments with the setting `scanner`: `tcp://127.0.0.1:3310` or `unix:/run/clamav/clamd.ctl`.',
    roles: ['jobs'],
  },
} as const satisfies SettingRows;

/** The daemon that scans files. */
export interface ScannerConfig {
  readonly clamd?: { readonly host: string; readonly port: number } | { readonly path: string };
}

export function parseScanner(settings: Settings): ScannerConfig {
  const text = settings.text(scannerSettings.clamdUrl);
  if (text === undefined) return {};
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { clamd: { path } };
  const [, host, digits] = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^:/?#[\]@]+):(\d{1,5})\/?$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) {
    return { clamd: { host: host.replace(/^\[|\]$/g, ''), port } };
  }
  settings.report(
    scannerSettings.clamdUrl.name,
    `${JSON.stringify(text.slice(0, 80))} is neither like tcp://127.0.0.1:3310 nor like unix:/run/clamav/clamd.ctl.`,
  );
  return {};
}
