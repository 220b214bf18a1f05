import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';
import type { Env } from './env.ts';
import { roleEnvironment } from './role-environment.ts';
import { type RoleName, roleNames } from './role-name.ts';

const namesInQuotes = /'(?:BKEND|S3|JWT|LOG|DATABASE)_[A-Z0-9_]+'/g;

/** Every variable that the settings are read from, as the sources spell them. */
const settings = new Set(
  readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.') && name !== 'role-environment.ts')
    .flatMap((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8').match(namesInQuotes) ?? [])
    .map((quoted) => quoted.slice(1, -1)),
);

function rolesThatGet(name: string, env: Env = {}): RoleName[] {
  const config = parseConfig(env);
  return roleNames.filter((role) => name in roleEnvironment(role, config, { ...env, [name]: 'value' }));
}

describe('roleEnvironment', () => {
  it.each<[string, RoleName[]]>([
    ['PATH', ['database', 'objects', 'api', 'images', 'jobs']],
    ['BKEND_DATA_DIR', ['database', 'objects', 'api', 'images', 'jobs']],
    ['LOG_LEVEL', ['database', 'objects', 'api', 'images', 'jobs']],
    ['BKEND_HOST', ['objects', 'api', 'images', 'jobs']],
    ['DATABASE_URL', ['api', 'images', 'jobs']],
    ['S3_SECRET_ACCESS_KEY', ['api', 'images', 'jobs']],
    ['JWT_SECRET', ['api']],
    ['BKEND_IMAGE_TICKET_SECRET', ['api', 'images']],
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

  it('gives what completes the URL of a database of ones own to those that use it', () => {
    expect(rolesThatGet('PGPASSWORD', { DATABASE_URL: 'postgres://db/app' })).toEqual([
      'api',
      'images',
      'jobs',
    ]);
  });

  it('gives the AWS credential chain to those that use an S3, unless keys are set', () => {
    expect(rolesThatGet('AWS_SECRET_ACCESS_KEY', { S3_BUCKET: 'photos' })).toEqual(['api', 'images', 'jobs']);
    const keys = { S3_BUCKET: 'photos', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
    expect(rolesThatGet('AWS_SECRET_ACCESS_KEY', keys)).toEqual([]);
  });

  it('gives every setting to some role, and every setting with a secret in it to those alone that use it', () => {
    expect(settings.size).toBeGreaterThan(40);
    for (const name of settings) {
      const roles = rolesThatGet(name);
      expect(roles, name).not.toEqual([]);
      const isSecret = /SECRET|PASSWORD|TOKEN|_KEY\b|DATABASE_URL/.test(name);
      if (isSecret) expect(roles, name).not.toContain('objects');
    }
  });
});
