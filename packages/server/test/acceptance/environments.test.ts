import { randomBytes } from 'node:crypto';
import type { EnvironmentAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { operate, operateAll } from '../../../test-support/src/process/operate.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { createKey, createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { UsageError } from '../../src/commands/command-errors.ts';
import { signAccessToken } from '../../src/identity/access-token.ts';

const { apiUrl, env } = inject('service');
let tenant: Tenant;
beforeAll(async () => {
  tenant = await createTenant();
});

interface ListedKey {
  readonly id: string;
  readonly lastUsedAt?: string;
}

const inTime = { withinSeconds: 5 };
const withToken = (key: string, token: string) =>
  createClient(apiUrl, { 'X-API-Key': key, Authorization: `Bearer ${token}` });

const read = (client: Client) => client.ask<EnvironmentAnswer>('GET', '/v1/environment');
const change = (client: Client, settings: object) =>
  client.ask<EnvironmentAnswer>('PATCH', '/v1/environment', settings);

describe('the environment of a key', () => {
  it('is shown with the settings in force', async () => {
    expect(await read(tenant.admin)).toMatchObject({
      environment: tenant.environment,
      settings: { home: false, tokens: null, 'quotas.openUploads': 1_000, 'uploads.minFileBytes': 1 },
    });
    expect(await read(await tenant.adminUser('root'))).toMatchObject({ environment: tenant.environment });
  });

  it('is for its admins alone', async () => {
    const readOnly = await createKey([
      '--type',
      'secret',
      '--project',
      tenant.project,
      '--scopes',
      'files:*',
    ]);
    const anyRead = await createKey(['--type', 'secret', '--project', tenant.project, '--scopes', '*:read']);
    const cases: [Client, string][] = [
      [tenant.guest, 'common/authentication-required'],
      [await tenant.user('alice'), 'file/access-denied'],
      [createClient(apiUrl, { 'X-API-Key': readOnly.key }), 'auth/scope-insufficient'],
      [createClient(apiUrl, { 'X-API-Key': anyRead.key }), 'auth/scope-insufficient'],
    ];
    for (const [client, code] of cases) {
      expect(await client.refusal('PATCH', '/v1/environment', { colour: 'red' })).toMatchObject({ code });
    }
    await read(createClient(apiUrl, { 'X-API-Key': anyRead.key }));
    await uploadFile(createClient(apiUrl, { 'X-API-Key': readOnly.key }));
  });

  it('is changed by name, and null goes back to the default', async () => {
    const changed = await change(tenant.admin, { 'uploads.maxFileBytes': 7, quotas: { openUploads: 3 } });
    expect(changed.settings).toMatchObject({ 'uploads.maxFileBytes': 7, 'quotas.openUploads': 3 });
    expect((await change(tenant.admin, { 'quotas.openUploads': null })).settings).toMatchObject({
      'uploads.maxFileBytes': 7,
      'quotas.openUploads': 1_000,
    });
    await change(tenant.admin, { 'uploads.maxFileBytes': null });
  });

  it('names everything that is wrong at once, and changes nothing then', async () => {
    const before = await read(tenant.admin);
    const { code, details } = await tenant.admin.refusal('PATCH', '/v1/environment', {
      'quotas.openUploads': 3,
      'uploads.maxFileBytes': 0,
      colour: 'red',
      home: true,
    });
    expect(code).toBe('common/invalid-parameters');
    expect(details.issues).toHaveLength(3);
    expect(await read(tenant.admin)).toEqual(before);
  });

  it('never shows a secret', async () => {
    const secret = randomBytes(32).toString('hex');
    const other = await createTenant();
    const { settings } = await change(other.admin, { tokens: { secret, issuer: 'https://id.example.com' } });
    expect(settings.tokens).toEqual({ secret: '********', issuer: 'https://id.example.com' });
    const { stdout } = await runCommand(['environments', 'show', other.environment, '--json'], env);
    expect(JSON.parse(stdout).settings.tokens).toEqual(settings.tokens);
    expect(stdout).not.toContain(secret);
  });
});

describe('the tokens of an environment', () => {
  const bySecret = (secret: string, environment?: Tenant['environment']) =>
    signAccessToken(
      { kind: 'secret', secret },
      { userId: 'alice', expiresInSeconds: 60, at: new Date(), ...(environment && { environment }) },
    );

  it('are verified by its own secret within five seconds, and by no other any more', async () => {
    const other = await createTenant();
    const alice = await other.user('alice');
    await alice.ask('GET', '/v1/usage');
    const [secret, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    await change(other.admin, { tokens: { secret } });
    const own = withToken(other.publishable.key, await bySecret(secret));
    await eventually(
      'the new secret is good',
      async () => (await own.send('GET', '/v1/usage')).status === 200 || undefined,
      inTime,
    );
    expect(await alice.refusal('GET', '/v1/usage')).toMatchObject({ details: { reason: 'not-verified' } });

    await change(other.admin, { tokens: { secret: next, previousSecret: secret } });
    const rotated = withToken(other.publishable.key, await bySecret(next));
    await eventually(
      'the next secret is good',
      async () => (await rotated.send('GET', '/v1/usage')).status === 200 || undefined,
      inTime,
    );
    await own.ask('GET', '/v1/usage');

    await change(other.admin, { tokens: { secret: next } });
    await eventually(
      'the former secret is not',
      async () => (await own.send('GET', '/v1/usage')).status === 401 || undefined,
      inTime,
    );
    await rotated.ask('GET', '/v1/usage');
  });

  it('name it, once another environment has the same secret', async () => {
    const [mine, theirs] = [await createTenant(), await createTenant()];
    const secret = randomBytes(32).toString('hex');
    await change(mine.admin, { tokens: { secret } });
    const claimless = withToken(mine.publishable.key, await bySecret(secret));
    await eventually(
      'the secret is good',
      async () => (await claimless.send('GET', '/v1/usage')).status === 200 || undefined,
      inTime,
    );
    await change(theirs.admin, { tokens: { secret } });
    await eventually(
      'the claim is needed',
      async () => (await claimless.send('GET', '/v1/usage')).status === 401 || undefined,
      inTime,
    );
    for (const each of [mine, theirs]) {
      const without = withToken(each.publishable.key, await bySecret(secret));
      expect(await without.refusal('GET', '/v1/usage')).toMatchObject({
        code: 'auth/invalid-access-token',
        details: { reason: 'missing-environment' },
      });
      await withToken(each.publishable.key, await bySecret(secret, each.environment)).ask('GET', '/v1/usage');
    }
    const wrong = withToken(mine.publishable.key, await bySecret(secret, theirs.environment));
    expect(await wrong.refusal('GET', '/v1/usage')).toMatchObject({
      details: { reason: 'wrong-environment' },
    });
  });

  it('are refused with the reason', async () => {
    const { publishable, environment } = tenant;
    const reasonOf = async (authorization: string) => {
      const client = createClient(apiUrl, { 'X-API-Key': publishable.key, Authorization: authorization });
      const { status, code, details } = await client.refusal('GET', '/v1/usage');
      expect({ status, code }).toEqual({ status: 401, code: 'auth/invalid-access-token' });
      return details.reason;
    };
    const good = await signToken({ userId: 'alice', environment });
    expect(await reasonOf(`Bearer ${await signToken({ userId: 'alice' })}`)).toBe('missing-environment');
    expect(await reasonOf(`Bearer ${await signToken({ userId: 'alice', environment: 'other/dev' })}`)).toBe(
      'wrong-environment',
    );
    expect(await reasonOf(`Bearer ${good.slice(0, -4)}AAAA`)).toBe('not-verified');
    expect(await reasonOf(good)).toBe('malformed');
  });
});

describe('the command line', () => {
  it('makes environments of any name, and tokens that are good there alone', async () => {
    const word = `${tenant.project}/preview-42`;
    expect(await operate(['environments', 'create', word], env)).toEqual({
      environment: word,
      made: true,
    });
    expect(await operate(['environments', 'create', word], env)).toEqual({
      environment: word,
      made: false,
    });
    const options = ['--project', tenant.project, '--env', 'preview-42'];
    const { key } = await createKey(['--type', 'publishable', ...options]);
    const { accessToken } = await operate<{ accessToken: string }>(
      ['token', '--user', 'alice', ...options],
      env,
    );
    const file = await uploadFile(withToken(key, accessToken));
    expect(file.key.startsWith(`${word}/`)).toBe(true);
    expect(await withToken(tenant.publishable.key, accessToken).refusal('GET', '/v1/usage')).toMatchObject({
      details: { reason: 'wrong-environment' },
    });
    const { stdout } = await runCommand(['environments', 'list'], env);
    expect(stdout).toContain(word);
    expect((await runCommand(['projects', 'list'], env)).stdout).toContain(tenant.project);
  });

  it('sets what the API shows', async () => {
    const words = [
      'uploads.minFileBytes=0',
      'corsOrigins=https://a.example,https://b.example',
      'uploads.requireFileSize=true',
    ];
    const { code, stdout } = await runCommand(['environments', 'set', tenant.environment, ...words], env);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.endsWith('(set here)'))).toHaveLength(words.length);
    expect((await runCommand(['environments', 'show', tenant.environment], env)).stdout).toBe(stdout);
    await eventually(
      'the API shows it',
      async () => {
        const { settings } = await read(tenant.admin);
        return settings['uploads.minFileBytes'] === 0 || undefined;
      },
      inTime,
    );
    const back = ['uploads.minFileBytes=', 'corsOrigins=', 'uploads.requireFileSize='];
    await operate(['environments', 'set', tenant.environment, ...back], env);
  });

  it('names every setting at fault, a line each', async () => {
    const wrong = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const words = ['environments', 'set', 'default/dev', ...wrong.map((name) => `${name}=1`)];
    const { code, stderr } = await runCommand(words, env);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual(wrong.map((name) => `  ${name} is no setting`));
  });

  it.each([
    [['environments', 'set', 'absent/dev', 'uploads.minFileBytes=0'], /no environment absent\/dev/],
    [['environments', 'show', 'absent/dev'], /no environment absent\/dev/],
    [['environments', 'create', 'Shop/prod'], /not a project and an environment/],
    [['environments', 'create', 'shop'], /not a project and an environment/],
    [['environments', 'set', 'default/dev'], /settings to change/],
    [['environments', 'set', 'default/dev', 'colour'], /name=value/],
    [
      ['environments', 'set', 'default/dev', 'colour=red', 'home=perhaps'],
      / {2}colour is no setting\n {2}home must/,
    ],
    [['environments', 'set', 'default/dev', 'home=false'], /Home is moved/],
    [['environments', 'set', 'default/dev', '--file', '/nowhere'], /cannot be read/],
    [['projects', 'create', 'smart'], /is not a valid project name/],
    [['token', '--user', 'alice', '--project', 'absent'], /no environment absent\/dev/],
  ])('refuses %j, and says why', async (words, why) => {
    const refusal = await operate(words, env).catch((error: unknown) => error);
    // Its message goes to standard error, and the exit code is 2.
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as UsageError).message).toMatch(why);
  });

  it('lists keys with their beginning and last use', async () => {
    const { id, key } = await createKey(['--type', 'secret', '--project', tenant.project]);
    const listed = async () =>
      (await operateAll<ListedKey>(['keys', 'list'], env)).find((each) => each.id === id);
    expect(await listed()).toMatchObject({ prefix: key.slice(3, 11) });
    expect(await listed()).not.toHaveProperty('lastUsedAt');
    await createClient(apiUrl, { 'X-API-Key': key }).ask('GET', '/v1/files');
    const used = await eventually('its use is noted', async () => (await listed())?.lastUsedAt);
    expect(Math.abs(Date.parse(String(used)) - Date.now())).toBeLessThan(60_000);
    const { stdout } = await runCommand(['keys', 'list'], env);
    expect(stdout).toContain(`sk_${key.slice(3, 11)}…`);
    expect(stdout).not.toContain(key);
  });
});
