import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettingArguments } from '../commands/setting-arguments.ts';
import { settingNames, settingsTable } from './settings-table.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/projects.md'), 'utf8');
const rowsOfPage = page.split('\n').map((line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

describe.each(settingNames)('the setting %s', (name) => {
  const { description, defaultText, example, parse } = settingsTable[name];

  it('is documented as it is', () => {
    expect(rowsOfPage).toContainEqual([`\`${name}\``, description, defaultText]);
  });

  it('takes its own example, as a shell hands it on', () => {
    const word = `${name}=${example.replace(/^'(.*)'$/, '$1')}`;
    expect(() => parse(parseSettingArguments([word])[name])).not.toThrow();
  });
});
