import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand, runCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded-postgres.ts';
import { unpackDataDirectory, upgradeKey } from './unpack-data-directory.ts';

const configuredSecret = 'a configured secret of 32 characters or more';
let dataDir: string;
let service: RunningService | undefined;
beforeEach(async () => {
  dataDir = await unpackDataDirectory();
});
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  service = undefined;
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

/** @param secret of `JWT_SECRET`; empty for the one in the data directory */
async function start(secret: string): Promise<RunningService> {
  service = await startService({ dataDir, env: { JWT_SECRET: secret } });
  return service;
}

const firstSecret = async (): Promise<string> =>
  JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')).jwtSecret;

/** A token as logins made them for the first release. */
function tokenOf(secret: string, claims: object = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${encode({ alg: 'HS256' })}.${encode({ sub: 'alice', exp, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** 200, or the reason of a refusal. */
async function ask(tenant: string, token: string): Promise<unknown> {
  const answer = await fetch(`${service?.apiUrl}/v1/usage`, {
    headers: { 'X-API-Key': upgradeKey(tenant, 'publishable'), Authorization: `Bearer ${token}` },
  });
  const json = await answer.json();
  return answer.ok ? 200 : (json.error.details.reason ?? json.error.code);
}

async function revokeKeysOf(tenant: string): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) });
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query('update bkend.api_keys set revoked_at = now() where tenant = $1', [tenant]);
  await client.end();
  await server[Symbol.asyncDispose]();
}

const tenants = ['default/dev', 'other/prod'];
const endless = { exp: undefined };

describe.each([
  ['the generated secret', '', 'not-verified'],
  ['a secret of the service', configuredSecret, 'missing-environment'],
])('an installation of the first release with two environments and %s', (_, setting, closedReason) => {
  it('accepts the tokens it accepted before, says so, and stops on command', async () => {
    const running = await start(setting);
    const secret = setting === '' ? await firstSecret() : setting;
    for (const tenant of tenants) {
      expect(await ask(tenant, tokenOf(secret))).toBe(200);
      expect(await ask(tenant, tokenOf(secret, endless))).toBe(200);
      expect(await ask(tenant, tokenOf(secret, { iat: 1_000_000_000 }))).toBe(200);
      expect(await ask(tenant, tokenOf(secret, { environment: 'elsewhere/dev' }))).toBe('wrong-environment');
      expect(await ask(tenant, tokenOf('another secret of 32 characters or more'))).toBe('not-verified');
    }
    const warned = (await running.output())
      .split('\n')
      .filter((line) => line.includes('environments close-tokens'));
    expect(warned).toHaveLength(2);
    const metrics = await (await fetch(`${running.operationsUrls.api}/metrics`)).text();
    expect(metrics).toMatch(/bkend_open_tokens_until_timestamp_seconds\{environment="other\/prod"/);
    expect(metrics).toMatch(/bkend_open_tokens_total\{environment="other\/prod",reason="missing-exp"/);
    const { stdout } = await runCommand(['doctor'], {
      ...running.env,
      BKEND_API_URL: running.apiUrl,
      BKEND_API_KEY: upgradeKey('other/prod', 'secret'),
    });
    expect(stdout).toContain('close-tokens');

    const { closed } = await readCommand<{ closed: string[] }>(['environments', 'close-tokens'], running.env);
    expect(closed).toEqual(tenants);
    await eventually(
      'the tokens of other environments are refused',
      async () => (await ask('other/prod', tokenOf(secret))) === closedReason || undefined,
      { withinSeconds: 5 },
    );
    expect(await ask('default/dev', tokenOf(secret))).toBe(200);
    expect(await ask('default/dev', tokenOf(secret, endless))).toBe('missing-exp');
    for (const tenant of tenants) {
      const [project = '', environment = ''] = tenant.split('/');
      const words = ['token', '--user', 'alice', '--project', project, '--env', environment];
      const { accessToken } = await readCommand<{ accessToken: string }>(words, running.env);
      expect(await Promise.all(tenants.map((each) => ask(each, accessToken)))).toEqual(
        tenants.map((each) =>
          each === tenant ? 200 : expect.stringMatching(/not-verified|wrong-environment/),
        ),
      );
    }
  });
});

it('makes the only environment with live keys home, whose own the secret of before becomes', async () => {
  await revokeKeysOf('default/dev');
  const running = await start('');
  const secret = await firstSecret();
  await readCommand(['environments', 'close-tokens'], running.env);
  expect(await ask('other/prod', tokenOf(secret))).toBe(200);
  const { stdout } = await runCommand(['environments', 'list', '--json'], running.env);
  const environments = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(environments.map(({ environment, settings }) => [environment, settings.home])).toEqual([
    ['default/dev', false],
    ['other/prod', true],
  ]);
  // Without words it is for the home environment, as it was for the only one.
  const { accessToken } = await readCommand<{ accessToken: string }>(
    ['token', '--user', 'alice'],
    running.env,
  );
  expect(await ask('other/prod', accessToken)).toBe(200);
});

it('is strict from the first moment in environments made after the upgrade', async () => {
  const running = await start(configuredSecret);
  const words = ['keys', 'create', '--type', 'publishable', '--project', 'newer'];
  const { key } = await readCommand<{ key: string }>(words, running.env);
  const answers = [
    tokenOf(configuredSecret),
    tokenOf(configuredSecret, { ...endless, environment: 'newer/dev' }),
  ].map(async (token) => {
    const headers = { 'X-API-Key': key, Authorization: `Bearer ${token}` };
    const { error } = await (await fetch(`${running.apiUrl}/v1/usage`, { headers })).json();
    return error.details.reason;
  });
  expect(await Promise.all(answers)).toEqual(['missing-environment', 'missing-exp']);
});
