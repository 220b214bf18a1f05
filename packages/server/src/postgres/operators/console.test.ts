import { RateLimit } from '@bkend/http';
import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { createApp } from '../../api/create-app.ts';
import { addConsole } from '../../console/add-console.ts';
import { Passwords } from '../../identity/operators/password.ts';
import {
  createFirstCode,
  inviteOperator,
  removeOperator,
  resetOperator,
} from '../../identity/operators/set-up-operator.ts';
import { requireOperator, startSession } from '../../identity/operators/sign-in.ts';
import { createDeletionRepository } from '../projects/deletion-repository.ts';
import { createEnvironmentRepository } from '../projects/environment-repository.ts';
import { createAuditLog } from './audit-log.ts';
import { createOperatorRepository } from './operator-repository.ts';
import { createSessionRepository } from './session-repository.ts';

const publicUrl = 'http://127.0.0.1:4503';
const password = 'correct horse battery staple';
const minute = 60_000;
const hour = 60 * minute;
const passwords = new Passwords();

let test: TestDatabase;
let now: Date;
let console: Awaited<ReturnType<typeof openConsole>>;
beforeEach(async () => {
  now = new Date('2026-12-01T09:00:00Z');
  test = await createTestDatabase();
  console = await openConsole();
});
afterEach(async () => {
  await console.app.close();
  await test[Symbol.asyncDispose]();
});

/** Sets the password of mina. */
async function setPassword(text: string): Promise<void> {
  const { operators } = console.links;
  const found = await operators.findByName('mina');
  await operators.setPassword(found?.operator.id ?? '', await passwords.hash(text));
}

const pass = (milliseconds: number) => {
  now = new Date(now.getTime() + milliseconds);
};

/** A console whose API has two routes, on a clock of the test. */
async function openConsole() {
  const { database } = test;
  const operators = createOperatorRepository(database);
  /** Functions by which the event stream of each request would ask for its session. */
  const streams: FastifyRequest['authenticateAgain'][] = [];
  const clock = () => now;
  const environments = createEnvironmentRepository(database);
  const { app } = createApp({
    maxJsonBodyBytes: 1_000_000,
    newRequestId: uuidv7,
    health: () => false,
    maxConnections: 10,
    onAnswered: () => {},
  });
  await addConsole(app, {
    publicUrl,
    staticFiles: new Map(),
    imagesUrl: 'http://127.0.0.1:4502',
    byteOrigins: [],
    sessions: { operators, sessions: createSessionRepository(database), passwords, clock, newId: uuidv7 },
    audit: createAuditLog(database),
    onAuditFailure: (error) => expect.fail(String(error)),
    environments,
    addApiRoutes: (api) => {
      api.get('/files', { config: { scope: 'files:read' } }, async (request) => {
        streams.push(request.authenticateAgain);
        return {};
      });
      api.delete('/files/:fileId', { config: { scope: 'files:write' } }, async (_, reply) =>
        reply.code(204).send(),
      );
    },
    limit: new RateLimit(0),
    signInLimit: new RateLimit(5),
    clientAddress: () => '192.0.2.1',
    clock,
  });
  const send = async (method: 'GET' | 'POST' | 'DELETE', url: string, options: SendOptions = {}) => {
    const { payload, cookie } = options;
    const answer = await app.inject({
      method,
      url,
      headers: { host: '127.0.0.1:4503', origin: publicUrl, 'x-console': '1', ...(cookie && { cookie }) },
      ...(payload && { payload }),
    });
    return {
      status: answer.statusCode,
      cookie: String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? '',
    };
  };
  const signUp = async (code = '', name = 'mina') =>
    send('POST', '/api/setup', { payload: { code, name, password } });
  return { app, send, signUp, streams, links: { operators, clock }, database, environments };
}

interface SendOptions {
  readonly payload?: object;
  readonly cookie?: string;
}

describe('the link of the first owner', () => {
  it('is one at a time, good for half an hour, and gone once there is an operator', async () => {
    const { links, signUp } = console;
    const first = await createFirstCode(links);
    const second = await createFirstCode(links);
    expect((await signUp(first)).status).toBe(404);
    pass(31 * minute);
    expect((await signUp(second)).status).toBe(404);
    const third = await createFirstCode(links);
    pass(29 * minute);
    expect((await signUp(third)).status).toBe(200);
    expect(await createFirstCode(links)).toBeUndefined();
  });

  it('leaves links of a new password as they are', async () => {
    const { links, signUp, send } = console;
    await signUp(await createFirstCode(links));
    const code = (await resetOperator(links, 'MINA')) ?? '';
    await inviteOperator(links, { role: 'owner', projects: [] });
    pass(23 * hour);
    expect((await send('POST', '/api/setup/check', { payload: { code } })).status).toBe(200);
    pass(2 * hour);
    expect((await send('POST', '/api/setup/check', { payload: { code } })).status).toBe(404);
  });
});

describe('a session', () => {
  it('ends after 12 hours without use, and after 7 days with it', async () => {
    const { links, signUp, send } = console;
    const { cookie } = await signUp(await createFirstCode(links));
    const isSignedIn = async () => (await send('GET', '/api/session', { cookie })).status === 200;
    for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
      expect(await isSignedIn()).toBe(true);
      pass(11 * hour);
    }
    pass(11 * hour);
    expect(await isSignedIn()).toBe(false);
    pass(-11 * hour);
    const other = await send('POST', '/api/session', { payload: { name: 'mina', password } });
    pass(13 * hour);
    expect((await send('GET', '/api/session', { cookie: other.cookie })).status).toBe(401);
  });
});

describe('an event stream', () => {
  it('does not count as use: its session ends 12 hours after the last request', async () => {
    const { links, signUp, send, environments } = console;
    await environments.create({ tenant: 'shop/dev', id: uuidv7(), at: now });
    const { cookie } = await signUp(await createFirstCode(links));
    await send('GET', '/api/t/shop/dev/v1/files', { cookie });
    const [stream] = console.streams;
    for (let hours = 0; hours < 12; hours += 4) {
      await stream?.();
      pass(4 * hour);
    }
    await expect(stream?.()).rejects.toMatchObject({ code: 'common/authentication-required' });
    expect((await send('GET', '/api/t/shop/dev/v1/files', { cookie })).status).toBe(401);
  });
});

describe('a link that sets a new password', () => {
  it('ends the old password and all sessions when it is made, and is one at a time', async () => {
    const { links, signUp, send } = console;
    const { cookie } = await signUp(await createFirstCode(links));
    const first = await resetOperator(links, 'mina');
    expect((await send('GET', '/api/session', { cookie })).status).toBe(401);
    expect((await send('POST', '/api/session', { payload: { name: 'mina', password } })).status).toBe(401);
    const second = await resetOperator(links, 'mina');
    expect((await signUp(first)).status).toBe(404);
    expect((await signUp(second)).status).toBe(200);
  });

  it('ends when the password is set by another way', async () => {
    const { links, signUp, send } = console;
    await signUp(await createFirstCode(links));
    const code = await resetOperator(links, 'mina');
    await setPassword(password);
    expect((await send('POST', '/api/setup/check', { payload: { code } })).status).toBe(404);
  });
});

describe('a password that was verified', () => {
  it.each([
    ['reset', () => resetOperator(console.links, 'mina')],
    ['lost with its operator', () => removeOperator(console.links, 'mina')],
    ['changed', () => setPassword('another one, as long')],
  ])('begins no session once it is %s', async (_, change) => {
    const { links, signUp } = console;
    await signUp(await createFirstCode(links), 'juno');
    await signUp(await inviteOperator(links, { role: 'admin', projects: [] }));
    const sessions = createSessionRepository(test.database);
    const verified = await requireOperator({ ...links, passwords }, { name: 'mina', password });
    const begin = () => startSession({ ...links, sessions }, verified, { address: '127.0.0.1', browser: '' });
    expect(await begin()).toMatch(/./);
    await change();
    await expect(begin()).rejects.toMatchObject({ code: 'common/authentication-required' });
    expect((await sessions.list(now)).filter(({ operatorName }) => operatorName === 'mina')).toEqual([]);
  });
});

describe('removing an operator', () => {
  it('ends sessions and links at once, and leaves the name free', async () => {
    const { links, signUp, send } = console;
    await signUp(await createFirstCode(links));
    const code = await inviteOperator(links, { role: 'viewer', projects: ['shop'] });
    const { cookie } = await signUp(code, 'juno');
    expect(await removeOperator(links, 'JUNO')).toMatchObject({ name: 'juno' });
    expect((await send('GET', '/api/session', { cookie })).status).toBe(401);
    expect((await send('POST', '/api/session', { payload: { name: 'juno', password } })).status).toBe(401);
    expect(await removeOperator(links, 'juno')).toBeUndefined();
    const again = await inviteOperator(links, { role: 'viewer', projects: ['shop'] });
    expect((await signUp(again, 'juno')).status).toBe(200);
  });

  it('leaves one owner, also of two that are removed at once', async () => {
    const { links, signUp } = console;
    await signUp(await createFirstCode(links));
    await signUp(await inviteOperator(links, { role: 'owner', projects: [] }), 'juno');
    const results = await Promise.all(['mina', 'juno'].map((name) => removeOperator(links, name)));
    expect(results.filter((result) => result === 'last-owner')).toHaveLength(1);
    expect(await links.operators.list()).toHaveLength(1);
  });
});

describe('passwords', () => {
  it('are tried five times a minute from one address here, also in links', async () => {
    const { send } = console;
    const wrong = { payload: { name: 'mina', password: 'no such password' } };
    const code = { payload: { code: 'A'.repeat(43) } };
    for (let count = 0; count < 3; count += 1)
      expect((await send('POST', '/api/session', wrong)).status).toBe(401);
    for (let count = 0; count < 2; count += 1)
      expect((await send('POST', '/api/setup/check', code)).status).toBe(404);
    expect((await send('POST', '/api/session', wrong)).status).toBe(429);
  });
});

describe('an environment that is being deleted', () => {
  it('is not listed, and takes no requests', async () => {
    const { app, links, signUp, send, database, environments } = console;
    for (const tenant of ['shop/dev', 'shop/old'] as const)
      await environments.create({ tenant, id: uuidv7(), at: now });
    const { cookie } = await signUp(await createFirstCode(links));
    await createDeletionRepository(database).begin('shop/old', now);
    const list = await app.inject({
      url: '/api/environments',
      headers: { host: '127.0.0.1:4503', 'x-console': '1', cookie },
    });
    expect(list.json().items).toContainEqual({ project: 'shop', environment: 'dev' });
    expect(list.json().items).not.toContainEqual({ project: 'shop', environment: 'old' });
    expect((await send('GET', '/api/t/shop/dev/v1/files', { cookie })).status).toBe(200);
    for (const method of ['GET', 'DELETE'] as const) {
      const path = method === 'GET' ? 'files' : 'files/f1';
      expect((await send(method, `/api/t/shop/old/v1/${path}`, { cookie })).status).toBe(409);
    }
  });
});

describe('the audit log', () => {
  it('has a row of every change and sign-in, and none of reading or of what was refused', async () => {
    const { links, signUp, send, database, environments } = console;
    await environments.create({ tenant: 'shop/dev', id: uuidv7(), at: now });
    const { cookie } = await signUp(await createFirstCode(links));
    await send('GET', '/api/t/shop/dev/v1/files', { cookie });
    await send('DELETE', '/api/t/shop/dev/v1/files/f1', { cookie });
    await send('DELETE', '/api/t/other/dev/v1/files/f1', { cookie });
    await send('DELETE', '/api/t/shop/dev/v1/files/f1');
    const read = () =>
      database.rows(
        sql`select operator_name, tenant, action, target, status, address from bkend.audit_log order by id`,
      );
    const row = { operator_name: 'mina', address: '192.0.2.1' };
    await expect.poll(read).toEqual([
      { ...row, tenant: null, action: 'POST /api/setup', target: '', status: 200 },
      { ...row, tenant: 'shop/dev', action: 'DELETE /v1/files/:fileId', target: 'f1', status: 204 },
    ]);
    const audit = createAuditLog(database);
    expect(await audit.removeOld({ before: now, limit: 10 })).toBe(0);
    pass(1);
    expect(await audit.removeOld({ before: now, limit: 1 })).toBe(1);
    expect(await audit.removeOld({ before: now, limit: 10 })).toBe(1);
  });
});
