import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { operate } from '../../../test-support/src/process/operate.ts';
import { readCommand, runCommand } from '../../../test-support/src/process/run-command.ts';
import { createKey, createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const service = inject('service');
const { apiUrl, env } = service;
let tenant: Tenant;
let file: FileView;

beforeAll(async () => {
  tenant = await createTenant();
  file = await uploadFile(tenant.admin, { visibility: 'public' });
});

const withKey = (key: string, token?: string): Client =>
  createClient(apiUrl, {
    'X-API-Key': key,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  });

describe('an API key', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['nonsense', 'hello'],
    ['never made', `pk_${'0'.repeat(64)}`],
    ['a secret key that was never made', `sk_${'0'.repeat(64)}`],
  ])('that is %s opens nothing', async (_, key) => {
    const client = createClient(apiUrl, key === undefined ? {} : { 'X-API-Key': key });
    for (const path of ['/v1/files', `/v1/files/${file.id}`, '/v1/usage']) {
      expect(await client.refusal('GET', path)).toMatchObject({ status: 401, code: 'auth/invalid-api-key' });
    }
  });

  it('in capitals, or with another beginning, is another key', async () => {
    const { key } = tenant.publishable;
    for (const other of [key.toUpperCase(), key.replace('pk_', 'sk_'), `${key}0`, key.slice(0, -1)]) {
      expect(await withKey(other).refusal('GET', '/v1/files')).toMatchObject({
        code: 'auth/invalid-api-key',
      });
    }
  });

  it('is asked for before anything is said of the request', async () => {
    const client = createClient(apiUrl, {});
    expect(await client.refusal('POST', '/v1/files', { nonsense: true })).toMatchObject({ status: 401 });
    expect(await client.refusal('GET', '/v1/files?limit=0')).toMatchObject({ status: 401 });
  });

  it('that is revoked stops working within five seconds, and says why', async () => {
    const { id, key } = await createKey(['--type', 'secret', '--project', tenant.project]);
    const client = withKey(key);
    await client.ask('GET', '/v1/files');
    await operate(['keys', 'revoke', id], env);
    const refusal = await eventually(
      'the key is refused',
      async () => {
        const answer = await client.send<{ error: { code: string } }>('GET', '/v1/files');
        return answer.status === 401 ? answer.json.error.code : undefined;
      },
      { withinSeconds: 5 },
    );
    expect(refusal).toBe('auth/api-key-revoked');
    // Others go on.
    await tenant.admin.ask('GET', '/v1/files');
  });

  it('that expires stops working, and says why', async () => {
    const { key } = await createKey(['--type', 'secret', '--project', tenant.project, '--expires-in', '2s']);
    const client = withKey(key);
    const refusal = await eventually('the key has expired', async () => {
      const answer = await client.send<{ error: { code: string } }>('GET', '/v1/files');
      return answer.status === 401 ? answer.json.error.code : undefined;
    });
    expect(refusal).toBe('auth/api-key-expired');
  });

  it.each<[string, boolean, boolean]>([
    ['files:read', true, false],
    ['files:write', false, true],
    ['files:read,files:write', true, true],
    ['files:*', true, true],
    ['*:*', true, true],
  ])('with the scopes %s', async (scopes, mayRead, mayWrite) => {
    const words = ['--type', 'secret', '--project', tenant.project, '--scopes', scopes];
    const client = withKey((await createKey(words)).key);
    const insufficient = { status: 403, code: 'auth/scope-insufficient' };
    const reads = [
      ['GET', '/v1/files'],
      ['GET', `/v1/files/${file.id}`],
      ['GET', `/v1/files/${file.id}/download-url`],
      ['POST', `/v1/files/${file.id}/download-url`],
      ['GET', `/v1/files/${file.id}/shares`],
      ['GET', '/v1/usage'],
    ] as const;
    const missing = '/v1/files/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
    const key = file.key.replace(/[0-9a-f]{12}\.txt$/, '0123456789ab.txt');
    const writes = [
      ['POST', '/v1/files/presigned-url', { filename: 'a.txt', contentType: 'text/plain' }],
      ['POST', '/v1/files/multipart/init', { filename: 'a.txt', contentType: 'text/plain', fileSize: 1 }],
      ['POST', '/v1/files/multipart/presigned-url', { key, uploadId: 'x', partNumber: 1 }],
      ['GET', `/v1/files/multipart/parts?${new URLSearchParams({ key, uploadId: 'x' })}`, undefined],
      ['POST', '/v1/files/multipart/complete', { key, uploadId: 'x', parts: [{ partNumber: 1, etag: 'x' }] }],
      ['POST', '/v1/files/multipart/abort', { key, uploadId: 'x' }],
      ['POST', '/v1/files', { s3Key: key, originalName: 'a.txt', mimeType: 'text/plain', size: 1 }],
      ['PATCH', missing, {}],
      ['DELETE', missing, undefined],
      ['POST', '/v1/files/bulk-delete', { ids: ['x'] }],
      ['PUT', `${missing}/shares`, { sharedWith: [] }],
      ['DELETE', `${missing}/shares`, undefined],
      ['PUT', `${missing}/shares/bob`, undefined],
      ['DELETE', `${missing}/shares/bob`, undefined],
    ] as const;
    for (const [method, path] of reads) {
      if (mayRead) await client.ask(method, path);
      else expect(await client.refusal(method, path)).toMatchObject(insufficient);
    }
    for (const [method, path, json] of writes) {
      const answer = await client.send<{ error?: { code: string } }>(method, path, json);
      const isInsufficient = answer.json.error?.code === 'auth/scope-insufficient';
      expect([method, path, isInsufficient]).toEqual([method, path, !mayWrite]);
    }
  });
});

describe('an access token', () => {
  const codeFor = async (authorization: string, key = tenant.publishable.key) => {
    const client = createClient(apiUrl, { 'X-API-Key': key, Authorization: authorization });
    const { status, code } = await client.refusal('GET', `/v1/files/${file.id}`);
    expect(status).toBe(401);
    return code;
  };
  const encode = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');

  it('that has expired is refused as that, beside either key', async () => {
    const token = await signToken({ userId: 'alice', expiresInSeconds: -60 });
    expect(await codeFor(`Bearer ${token}`)).toBe('auth/access-token-expired');
    expect(await codeFor(`Bearer ${token}`, tenant.secret.key)).toBe('auth/access-token-expired');
  });

  it('that is bad is refused, and never makes a guest of the caller', async () => {
    const good = await signToken({ userId: 'alice', environment: tenant.environment });
    const [header = '', payload = '', signature = ''] = good.split('.');
    const admin = encode({ sub: 'alice', role: 'admin', exp: 4_000_000_000 });
    for (const authorization of [
      'Bearer',
      'Bearer x',
      'Basic YWxpY2U6eA==',
      good,
      `Bearer ${header}.${admin}.${signature}`,
      `Bearer ${header}.${payload}.`,
      `Bearer ${encode({ alg: 'none' })}.${admin}.`,
      `Bearer ${encode({ alg: 'RS256' })}.${payload}.${signature}`,
      `Bearer ${good} ${good}`,
    ]) {
      expect(await codeFor(authorization)).toBe('auth/invalid-access-token');
    }
  });

  it('in a header that says bearer in any case is a token', async () => {
    const token = await signToken({ userId: 'alice', environment: tenant.environment });
    const client = createClient(apiUrl, {
      'X-API-Key': tenant.publishable.key,
      Authorization: `bEaReR ${token}`,
    });
    await client.ask('GET', '/v1/usage');
  });
});

describe('the command line', () => {
  it('makes tokens that the service takes', async () => {
    const { accessToken } = await readCommand<{ accessToken: string }>(
      ['token', '--user', '앨리스', '--project', tenant.project],
      env,
    );
    expect(await uploadFile(withKey(tenant.publishable.key, accessToken))).toMatchObject({
      ownerId: '앨리스',
    });
    const admin = await operate<{ accessToken: string }>(
      ['token', '--user', 'root', '--role', 'admin', '--project', tenant.project, '--expires-in', '1m'],
      env,
    );
    await withKey(tenant.publishable.key, admin.accessToken).ask('GET', '/v1/usage?scope=tenant');
  });

  it('shows a key once, and afterwards all about it but the key', async () => {
    const { id, key, type } = await createKey([
      ...['--type', 'publishable', '--project', tenant.project, '--name', '웹 앱'],
      ...['--env', 'staging', '--scopes', 'files:read', '--expires-in', '30d'],
    ]);
    expect({ key, type }).toEqual({ key: expect.stringMatching(/^pk_[0-9a-f]{64}$/), type: 'publishable' });
    const { code, stdout } = await runCommand(['keys', 'list'], env);
    expect(code).toBe(0);
    const line = stdout.split('\n').find((text) => text.includes(id)) ?? expect.fail('the key is not listed');
    for (const part of ['웹 앱', `${tenant.project}/staging`, 'files:read', 'publishable']) {
      expect(line).toContain(part);
    }
    expect(stdout).not.toContain(key);
  });

  it.each([
    [['keys']],
    [['keys', 'make']],
    [['keys', 'create']],
    [['keys', 'create', '--type', 'golden']],
    [['keys', 'create', '--type', 'secret', '--project', 'Not A Name']],
    [['keys', 'create', '--type', 'secret', '--project', 'smart']],
    [['keys', 'create', '--type', 'secret', '--env', 'QA']],
    [['keys', 'create', '--type', 'secret', '--scopes', 'files:burn']],
    [['keys', 'create', '--type', 'secret', '--expires-in', 'soon']],
    [['keys', 'create', '--type', 'secret', '--colour', 'red']],
    [['keys', 'revoke']],
    [['token']],
    [['token', '--user', '']],
    [['token', '--user', 'alice', '--expires-in', '-1h']],
    [['jobs', 'run', 'laundry']],
    [['dance']],
  ])('ends with 2 for %j, and says what would be right', async (words) => {
    const { code, stdout, stderr } = await runCommand(words, env);
    expect(code).toBe(2);
    expect(stderr.trim()).not.toBe('');
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
