import { createHash, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { createKey } from '../../../test-support/src/tenant/tenant.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';
import { signToken } from './sign-token.ts';

const secret = randomBytes(32).toString('hex');
const now = () => Math.floor(Date.now() / 1000);
let tenant: AttackedTenant;
beforeAll(async () => {
  tenant = await createAttackedTenant({ tokenSecret: secret });
  await uploadFile(tenant.user('alice'), { visibility: 'private' });
});

async function statusOf(headers: Readonly<Record<string, string>>, path = '/v1/files'): Promise<number> {
  const answer = await fetch(inject('service').apiUrl + path, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

const withToken = (token: string, key = tenant.publishable.key) =>
  statusOf({ 'X-API-Key': key, Authorization: `Bearer ${token}` });

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (more: object = {}) => ({
  sub: 'alice',
  role: 'admin',
  environment: tenant.environment,
  ...more,
});

function unsigned(alg: string): string {
  return `${base64({ alg, typ: 'JWT' })}.${base64({ ...claims(), iat: now(), exp: now() + 60 })}.`;
}

function signedByOwnKey(header: (jwk: object) => object): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const head = base64({ alg: 'RS256', typ: 'JWT', ...header(jwk) });
  const signed = `${head}.${base64({ ...claims(), iat: now(), exp: now() + 60 })}`;
  return `${signed}.${signBytes('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

const own = (more: object, options = {}) => signToken(secret, claims(more), options);

const forged: Record<string, () => string> = {
  'nothing signs': () => unsigned('none'),
  'nothing signs, in capitals': () => unsigned('NONE'),
  'says HS256 and is not signed': () => unsigned('HS256'),
  'is signed with HS384': () => own({}, { header: { alg: 'HS384' }, hash: 'sha384' }),
  'is signed with HS512': () => own({}, { header: { alg: 'HS512' }, hash: 'sha512' }),
  'is signed with the empty secret': () => signToken('', claims()),
  'is signed with the key’s own text': () => signToken(tenant.publishable.key, claims()),
  'is signed with the name of the environment': () => signToken(tenant.environment, claims()),
  'is signed with the hash of the secret': () =>
    signToken(createHash('sha256').update(secret).digest('hex'), claims()),
  'brings its own key': () => signedByOwnKey((jwk) => ({ jwk })),
  'names where its key is': () => signedByOwnKey(() => ({ jku: 'http://127.0.0.1:9/jwks.json', kid: '1' })),
  'names a file as its key': () => own({}, { header: { alg: 'RS256', kid: '../../../../dev/null' } }),
  'has an unknown critical header': () => own({}, { header: { crit: ['x'], x: 1 } }),
  'is not base64': () => own({}, { header: { b64: false, crit: ['b64'] } }),
  'is encrypted': () => `${base64({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
  'has four parts': () => `${own({})}.AAAA`,
  'is empty': () => '',
  'is no token': () => 'x'.repeat(5_000),
  'is a key': () => tenant.publishable.key,
  'has one letter changed': () => own({}).replace(/.(?=.{4}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
};

const unacceptable: Record<string, () => string> = {
  'does not expire': () => own({ exp: undefined }),
  'expires never, in words': () => own({ exp: 'never' }),
  'expires at no number': () => own({ exp: null }),
  'has expired a minute ago': () => own({ exp: now() - 60 }),
  'is valid in a minute': () => own({ nbf: now() + 60 }),
  'is valid from no number': () => own({ nbf: 'now' }),
  'has no subject': () => own({ sub: undefined }),
  'has an empty subject': () => own({ sub: '' }),
  'has a number as its subject': () => own({ sub: 1 }),
  'has a list as its subject': () => own({ sub: ['alice'] }),
  'has a subject of 10,000 letters': () => own({ sub: 'a'.repeat(10_000) }),
  'has a subject with a line break': () => own({ sub: 'alice\nrole: admin' }),
  'names another environment': () => own({ environment: 'default/dev' }),
  'names another environment of the project': () =>
    own({ environment: tenant.environment.replace('/dev', '/prod') }),
  'names its environment in capitals': () => own({ environment: tenant.environment.toUpperCase() }),
  'names environments in a list': () => own({ environment: [tenant.environment] }),
  'names an environment that is no text': () => own({ environment: 7 }),
};

describe('a forged token', () => {
  it.each(Object.entries(forged))(
    'that %s is refused, and does not make the caller a guest',
    async (_, make) => {
      expect(await withToken(make())).toBe(401);
      expect(await withToken(make(), tenant.secret.key)).toBe(401);
    },
  );
});

describe('a token of the right secret', () => {
  it.each(Object.entries(unacceptable))(
    'that %s is refused, and does not make the caller a guest',
    async (_, make) => {
      expect(await withToken(make())).toBe(401);
    },
  );

  it.each([
    ['expired 10 s ago', () => own({ exp: now() - 10 })],
    ['is valid in 10 s', () => own({ nbf: now() + 10 })],
  ])('that %s is taken: clocks differ', async (_, make) => {
    expect(await withToken(make())).toBe(200);
  });

  it.each<[string, unknown]>([
    ['a list', ['admin']],
    ['an object', { admin: true }],
    ['true', true],
    ['another case', 'Admin'],
    ['a longer word', 'administrator'],
    ['spaces around it', ' admin '],
  ])('whose role is %s makes no admin', async (_, role) => {
    const token = own({ sub: 'mallory', role });
    const headers = { 'X-API-Key': tenant.publishable.key, Authorization: `Bearer ${token}` };
    expect(await statusOf(headers, '/v1/usage?scope=tenant')).toBeGreaterThanOrEqual(400);
  });
});

describe('a token of the home environment', () => {
  it.each(['alice', 'root'])('of %s is good for no other environment, admin or not', async (userId) => {
    const words = ['token', '--user', userId, ...(userId === 'root' ? ['--role', 'admin'] : [])];
    const { accessToken } = await readCommand<{ accessToken: string }>(words, inject('service').env);
    expect(await withToken(accessToken)).toBe(401);
    const other = await createKey([
      '--type',
      'publishable',
      '--project',
      tenant.environment.split('/')[0] ?? '',
      '--env',
      'fresh',
    ]);
    expect(await withToken(accessToken, other.key)).toBe(401);
    const home = await createKey(['--type', 'publishable']);
    expect(await withToken(accessToken, home.key)).toBe(200);
  });
});

describe('a key', () => {
  const real = () => tenant.secret.key;
  const wrong: Record<string, () => string> = {
    'in capitals': () => real().toUpperCase(),
    'of another type': () => real().replace('sk_', 'pk_'),
    'that is one digit short': () => real().slice(0, -1),
    'that is one digit long': () => `${real()}0`,
    'with one digit changed': () => real().replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
    twice: () => `${real()}, ${real()}`,
    'that is unknown': () => `sk_${'0'.repeat(64)}`,
    'that is a pattern': () => `sk_${'%'.repeat(64)}`,
    'that is a statement': () => `sk_' OR '1'='1`,
    'of a megabyte': () => `sk_${'0'.repeat(8_000)}`,
  };
  it.each(Object.entries(wrong))('%s is refused', async (_, make) => {
    expect(await statusOf({ 'X-API-Key': make() })).toBe(401);
  });

  it('counts in its header only', async () => {
    const path = `/v1/files?apiKey=${real()}&X-API-Key=${real()}`;
    expect(await statusOf({ Authorization: `Bearer ${real()}`, Cookie: `X-API-Key=${real()}` }, path)).toBe(
      401,
    );
  });

  it('that was revoked is refused within 5 s', async () => {
    const project = tenant.environment.split('/')[0] ?? '';
    const { env } = inject('service');
    const key = await createKey(['--type', 'secret', '--project', project]);
    expect(await statusOf({ 'X-API-Key': key.key })).toBe(200);
    await readCommand(['keys', 'revoke', key.id], env);
    await expect.poll(() => statusOf({ 'X-API-Key': key.key }), { timeout: 5_000, interval: 100 }).toBe(401);
  });
});
