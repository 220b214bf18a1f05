import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsHelp } from '../commands/settings-help.ts';
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

const variables = [
  ...variablesRead({}),
  ...variablesRead({ S3_BUCKET: 'files', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }),
];

function documentation(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8');
}

describe('the documentation of the settings', () => {
  it('names every variable that is read', () => {
    const text = documentation('settings') + documentation('images');
    expect(variables.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('and the help of the command line name no variable that is not read', () => {
    const known = new Set(variables);
    const ofServing = /\b(?:BKEND|JWT|S3|LOG|DATABASE)_[A-Z0-9_]*[A-Z0-9]\b(?!…)/g;
    const ofClients = ['BKEND_API_KEY', 'BKEND_ACCESS_TOKEN', 'BKEND_REGION'];
    for (const text of [documentation('settings'), settingsHelp]) {
      const named = [...(text.match(ofServing) ?? [])];
      expect(named.filter((name) => !known.has(name) && !ofClients.includes(name))).toEqual([]);
    }
  });
});
