import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';

const secret = 'a secret of thirty-two characters or more';
let service: RunningService | undefined;
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  service = undefined;
});

/** Signs a token as an app's login does. */
function sign(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const all = { sub: 'alice', iat: now, exp: now + 3600, ...claims };
  const signed = `${encode({ alg: 'HS256' })}.${encode(all)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function keyOf({ env }: RunningService, project: string, environment: string): Promise<string> {
  const argv = ['keys', 'create', '--type', 'publishable', '--project', project, '--env', environment];
  return (await readCommand<{ key: string }>(argv, env)).key;
}

/** 200, or the reason of the 401. */
async function ask({ apiUrl }: RunningService, key: string, token: string): Promise<unknown> {
  const headers = { 'X-API-Key': key, Authorization: `Bearer ${token}` };
  const answer = await fetch(`${apiUrl}/v1/usage`, { headers });
  const json = await answer.json();
  return answer.ok ? 200 : json.error.details.reason;
}

describe('the home environment', () => {
  it('is default/dev, and after a move refuses tokens without the claim that were issued before it', async () => {
    const running = await startService({ env: { JWT_SECRET: secret } });
    service = running;
    const dev = await keyOf(running, 'default', 'dev');
    const prod = await keyOf(running, 'shop', 'prod');
    const before = sign({});
    const named = sign({ environment: 'default/dev' });
    expect(await ask(running, dev, before)).toBe(200);
    expect(await ask(running, dev, sign({ iat: undefined }))).toBe(200);
    expect(await ask(running, prod, before)).toBe('missing-environment');

    await readCommand(['environments', 'set', 'shop/prod', 'home=true'], running.env);
    await eventually(
      'home has moved',
      async () => (await ask(running, dev, before)) === 'missing-environment' || undefined,
      { withinSeconds: 5 },
    );
    expect(await ask(running, prod, before)).toBe('issued-before-home');
    expect(await ask(running, prod, sign({ iat: undefined }))).toBe('issued-before-home');
    expect(await ask(running, dev, named)).toBe(200);
    // `iat` has whole seconds: a token issued within the second of the move counts as issued before it.
    await pause(1_000);
    expect(await ask(running, prod, sign({}))).toBe(200);

    // Moving it to the same environment changes nothing.
    await readCommand(['environments', 'set', 'shop/prod', 'home=true'], running.env);
    const { accessToken } = await readCommand<{ accessToken: string }>(
      ['token', '--user', 'alice'],
      running.env,
    );
    expect(await ask(running, prod, accessToken)).toBe(200);
    expect(await ask(running, dev, accessToken)).toBe('wrong-environment');
  });

  it('refuses tokens issued before an environment was created', async () => {
    const running = await startService({ env: { JWT_SECRET: secret } });
    service = running;
    const key = await keyOf(running, 'shop', 'qa');
    const iat = Math.floor(Date.now() / 1000) - 60;
    expect(await ask(running, key, sign({ environment: 'shop/qa', iat }))).toBe('issued-before-environment');
    expect(await ask(running, key, sign({ environment: 'shop/qa' }))).toBe(200);
  });
});

describe('a service without JWT settings', () => {
  it('has a secret of its own for each environment, after a restart too', async () => {
    const first = await startService({ env: { JWT_SECRET: '' } });
    service = first;
    const environments = [
      ['default', 'dev'],
      ['shop', 'prod'],
    ] as const;
    const keys = await Promise.all(
      environments.map(([project, environment]) => keyOf(first, project, environment)),
    );
    const tokens = await Promise.all(
      environments.map(async ([project, environment]) => {
        const argv = ['token', '--user', 'alice', '--project', project, '--env', environment];
        return (await readCommand<{ accessToken: string }>(argv, first.env)).accessToken;
      }),
    );
    const answers = () =>
      Promise.all(keys.map((key) => Promise.all(tokens.map((token) => ask(first, key, token)))));
    const right = [
      [200, 'not-verified'],
      ['not-verified', 200],
    ];
    expect(await answers()).toEqual(right);
    await first.stop();
    const { env, dataDir } = first;
    const again = await startService({ env, dataDir });
    expect(await answers()).toEqual(right);
    await again[Symbol.asyncDispose]();
  });
});
