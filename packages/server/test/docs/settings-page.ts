import { settingsSections } from '../../src/config/all-settings.ts';
import { formatDefault, formatRange } from '../../src/config/describe-setting.ts';
import { systemVariables } from '../../src/config/role-environment.ts';
import { type RoleName, roleNames } from '../../src/config/role-table.ts';
import type { Setting } from '../../src/config/setting.ts';
import { code, generatedFrom, page, table } from './markdown.ts';

/** Renders `docs/settings.md` from the rows of all settings. */
export function renderSettingsPage(): string {
  return page(
    generatedFrom('the settings in packages/server/src/config'),
    '# Settings',
    'Every setting is an environment variable, and every one has a default: nothing needs setting. An empty variable counts as unset. A wrong one stops the start with one message that names all that are wrong.',
    'Sizes are given in bytes and durations in seconds, as whole numbers without a unit: `BKEND_MAX_SINGLE_PUT_BYTES=5368709120`. The last column has the roles whose process gets the variable under `serve`; every other variable reaches only the supervisor, except those that the system and libraries read (see below).',
    ...settingsSections.flatMap(({ title, settings, notes }) => [
      `## ${title}`,
      table(['variable', 'default', 'values', 'meaning', 'roles'], settings.map(rowOf)),
      notes,
    ]),
    '## Variables of the system',
    'Processes also get what Node, libraries and the system read:',
    table(
      ['variables', 'roles'],
      systemVariables.map(({ label, roles }) => [label, rolesText(roles)]),
    ),
    'The processes that decode SVG, TIFF and other untrusted bytes get none of them. `serve --only ROLE` reads the environment it is started with.',
  );
}

function rowOf(setting: Setting): string[] {
  const { name, description, roles } = setting;
  return [code(name), formatDefault(setting), formatRange(setting), description, rolesText(roles)];
}

function rolesText(roles: readonly RoleName[]): string {
  return roles.length === roleNames.length ? 'all' : roles.join(', ') || 'none: the command line';
}
