import { describe, expect, it } from 'vitest';
import { settingsHelp } from '../commands/serve/settings-help.ts';
import { settingsSections } from './all-settings.ts';
import { parseConfig } from './config.ts';

/** Every variable that is read when the service starts with these. */
function variablesRead(env: Record<string, string>): string[] {
  const names = new Set<string>();
  parseConfig(
    new Proxy(env, {
      get(target, name) {
        names.add(String(name));
        return Reflect.get(target, name);
      },
    }),
  );
  return [...names];
}

const read = new Set([
  ...variablesRead({}),
  ...variablesRead({ BKEND_JOBS_PORT: '4513' }),
  ...variablesRead({ S3_BUCKET: 'files', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }),
]);
const settings = settingsSections.flatMap(({ settings }) => settings);

describe('the table of all settings', () => {
  it('has every variable that is read, once', () => {
    const names = settings.filter(({ roles }) => roles.length > 0).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...read].toSorted());
  });

  it.each(settings)('describes $name in one paragraph of whole sentences', ({ description }) => {
    expect(description).toMatch(/^[A-Z`][^|\n]*\.$/);
  });

  it('fills the help of `serve` with addresses, stores and callers', () => {
    for (const name of ['BKEND_DATA_DIR', 'BKEND_API_PORT', 'S3_BUCKET', 'DATABASE_URL', 'JWT_SECRET']) {
      expect(settingsHelp).toContain(name);
    }
    expect(settingsHelp).not.toContain('`');
  });
});
