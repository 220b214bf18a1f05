import { describe, expect, it } from 'vitest';
import { settingsSections } from './all-settings.ts';
import { parseConfig } from './config.ts';
import type { Env } from './env.ts';
import { roleEnvironment } from './role-environment.ts';
import { type RoleName, roleNames } from './role-table.ts';

function rolesThatGet(name: string, env: Env = {}): RoleName[] {
  const config = parseConfig(env);
  return roleNames.filter((role) => name in roleEnvironment(role, config, { ...env, [name]: 'value' }));
}

describe('roleEnvironment', () => {
  it.each<[string, RoleName[]]>([
    ['PATH', ['database', 'objects', 'api', 'images', 'console', 'jobs']],
    ['BKEND_DATA_DIR', ['database', 'objects', 'api', 'images', 'console', 'jobs']],
    ['LOG_LEVEL', ['database', 'objects', 'api', 'images', 'console', 'jobs']],
    ['BKEND_HOST', ['objects', 'api', 'images', 'console', 'jobs']],
    ['DATABASE_URL', ['api', 'images', 'console', 'jobs']],
    ['S3_SECRET_ACCESS_KEY', ['api', 'images', 'console', 'jobs']],
    ['JWT_SECRET', ['api']],
    ['BKEND_IMAGE_TICKET_SECRET', ['api', 'images', 'console']],
    ['BKEND_IMAGE_SIGNING_KEY', ['images']],
    ['BKEND_API_KEY', []],
    ['BKEND_ACCESS_TOKEN', []],
    ['NODE_AUTH_TOKEN', []],
    ['NODE_CHANNEL_FD', []],
    ['SECRET_OF_ANOTHER_PROGRAM', []],
    ['PGPASSWORD', []],
    ['AWS_SECRET_ACCESS_KEY', []],
  ])('gives %s to %o', (name, roles) => {
    expect(rolesThatGet(name)).toEqual(roles);
  });

  it('gives libpq’s variables to the roles that use an external database', () => {
    expect(rolesThatGet('PGPASSWORD', { DATABASE_URL: 'postgres://db/app' })).toEqual([
      'api',
      'images',
      'console',
      'jobs',
    ]);
  });

  it('gives the AWS credential chain to the roles that use an S3, unless an access key is set', () => {
    expect(rolesThatGet('AWS_SECRET_ACCESS_KEY', { S3_BUCKET: 'photos' })).toEqual([
      'api',
      'images',
      'console',
      'jobs',
    ]);
    const keys = { S3_BUCKET: 'photos', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
    expect(rolesThatGet('AWS_SECRET_ACCESS_KEY', keys)).toEqual([]);
  });

  const settings = settingsSections.flatMap(({ settings }) => settings);

  it.each(settings)('gives $name to the roles of its row, and no secret to the objects host', (setting) => {
    const roles = rolesThatGet(setting.name);
    expect(new Set(roles)).toEqual(new Set(setting.roles));
    if (setting.kind === 'secret') expect(roles).not.toContain('objects');
  });

  it('gives every setting to some role, except those of the command line', () => {
    const unread = settings.filter(({ roles }) => roles.length === 0).map(({ name }) => name);
    expect(unread).toEqual(['BKEND_API_KEY', 'BKEND_ACCESS_TOKEN']);
  });

  it.each(settings.filter(({ name }) => /SECRET|PASSWORD|TOKEN|_KEY\b|DATABASE_URL/.test(name)))(
    'treats $name as a secret, as its name says',
    ({ kind }) => {
      expect(kind).toBe('secret');
    },
  );

  it('gives a variable that is no setting to no role', () => {
    expect(rolesThatGet('BKEND_API_PRT')).toEqual([]);
  });
});
