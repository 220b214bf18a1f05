import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type ConsoleClient,
  createConsoleClient,
  createOperator,
  inviteOperator,
  operatorPassword,
} from '../../../test-support/src/api/console-client.ts';
import { operate } from '../../../test-support/src/process/operate.ts';

const service = inject('service');
const { consoleUrl, env } = service;
const newName = () => `op-${randomBytes(6).toString('hex')}`;

const name = newName();
let owner: ConsoleClient;
beforeAll(async () => {
  owner = await createOperator(service, name);
});

const signIn = async (password = operatorPassword, as = name) => {
  const client = createConsoleClient(consoleUrl);
  return { client, ...(await client.send('POST', '/api/session', { json: { name: as, password } })) };
};
const isSignedIn = async (client: ConsoleClient) => (await client.send('GET', '/api/session')).status === 200;

describe('one-time links', () => {
  it('make one operator each, of many that use one at once', async () => {
    const code = await inviteOperator(service);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        createConsoleClient(consoleUrl).send('POST', '/api/setup', {
          json: { code, name: newName(), password: operatorPassword },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404, 404]);
  });

  it('stay good after a name that is taken, in any case, and after a weak password', async () => {
    const client = createConsoleClient(consoleUrl);
    const code = await inviteOperator(service);
    const taken = { code, name: name.toUpperCase(), password: operatorPassword };
    expect(await client.send('POST', '/api/setup', { json: taken })).toMatchObject({
      status: 400,
      json: { error: { details: { issues: [{ field: 'name', message: 'is taken by another operator' }] } } },
    });
    for (const password of ['short', 'aaaaaaaaaaaaaaaa', 'a'.repeat(300)]) {
      const weak = await client.send('POST', '/api/setup', { json: { code, name: newName(), password } });
      expect(weak.status).toBe(400);
    }
    const good = { code, name: newName(), password: operatorPassword };
    expect((await client.send('POST', '/api/setup', { json: good })).status).toBe(200);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(200)])('are refused alike when unknown: %j', async (code) => {
    const client = createConsoleClient(consoleUrl);
    const json = { code, name: newName(), password: operatorPassword };
    expect((await client.send('POST', '/api/setup', { json })).status).toBe(404);
    expect((await client.send('POST', '/api/setup/check', { json: { code } })).status).toBe(404);
  });

  it('set a new password, and end all sessions of before', async () => {
    const resetName = newName();
    const before = await createOperator(service, resetName);
    const { url } = await operate<{ url: string }>(['console', 'reset', resetName], env);
    const code = url.slice(url.indexOf('=') + 1);
    const client = createConsoleClient(consoleUrl);
    expect((await client.send('POST', '/api/setup/check', { json: { code } })).json).toMatchObject({
      purpose: 'reset',
      name: resetName,
    });
    const password = 'quite another password';
    expect((await client.send('POST', '/api/setup', { json: { code, password } })).status).toBe(200);
    expect(await isSignedIn(before)).toBe(false);
    expect((await signIn(operatorPassword, resetName)).status).toBe(401);
    expect((await signIn(password, resetName)).status).toBe(200);
  });
});

describe('sessions', () => {
  it('give a cookie that scripts cannot read, and that other sites do not send', async () => {
    const { headers, client } = await signIn();
    expect(headers.get('set-cookie')).toMatch(
      /^bkend_console_\d+=[\w-]{43}; Max-Age=604800; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await isSignedIn(client)).toBe(true);
  });

  it('answer a wrong password and an unknown name alike', async () => {
    const wrong = await signIn('not the right password');
    const unknown = await signIn(operatorPassword, newName());
    const bare = ({ status, json }: typeof wrong) => ({ status, ...(json as object), requestId: undefined });
    expect(bare(wrong)).toEqual(bare(unknown));
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('set-cookie')).toBeNull();
  });

  it('end at once: by signing out, by a new password, by the command line', async () => {
    const { client: first } = await signIn();
    const stolen = createConsoleClient(consoleUrl, first.cookie);
    expect((await first.send('DELETE', '/api/session')).status).toBe(200);
    expect(await isSignedIn(stolen)).toBe(false);

    const ownName = newName();
    const mine = await createOperator(service, ownName);
    const { client: other } = await signIn(operatorPassword, ownName);
    const json = { current: operatorPassword, password: 'quite another password' };
    expect((await mine.send('POST', '/api/session/password', { json })).status).toBe(200);
    expect(await isSignedIn(other)).toBe(false);
    expect(await isSignedIn(mine)).toBe(true);

    const { ended } = await operate<{ ended: number }>(['console', 'sessions', '--end', ownName], env);
    expect(ended).toBeGreaterThan(0);
    expect(await isSignedIn(mine)).toBe(false);
  });

  it.each(['', 'x', 'A'.repeat(43), '"; drop table', '한'])('are not opened by the id %j', async (id) => {
    const cookie = owner.cookie.replace(/=.*/, `=${encodeURIComponent(id)}`);
    expect(await isSignedIn(createConsoleClient(consoleUrl, cookie))).toBe(false);
  });

  it('are kept as hashes: neither the database nor the log has the cookie or the code', async () => {
    const code = await inviteOperator(service);
    const sessions = await operate<object>(['console', 'sessions'], env);
    const id = owner.cookie.replace(/.*=/, '');
    expect(JSON.stringify(sessions)).not.toContain(id);
    const { readFile } = await import('node:fs/promises');
    const log = service.logFile === '' ? '' : await readFile(service.logFile, 'utf8');
    for (const secret of [id, code, operatorPassword]) expect(log).not.toContain(secret);
  });
});
