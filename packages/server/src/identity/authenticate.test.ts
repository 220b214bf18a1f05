import { StorageError } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { refusalCode } from '../../../test-support/src/samples/refusal-code.ts';
import type { AccessToken } from './access-token.ts';
import { type ApiKey, generateApiKey, hashApiKey } from './api-key.ts';
import { authenticate } from './authenticate.ts';

const noon = new Date('2026-05-01T12:00:00.000Z');
const secondsFromNoon = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

const publishable = generateApiKey('publishable');
const secret = generateApiKey('secret');

function keyOf(type: ApiKey['type'], fields: Partial<ApiKey> = {}): ApiKey {
  return { id: `key-${type}`, type, tenant: 'acme/dev', scopes: ['files:*'], createdAt: noon, ...fields };
}

/** An installation with one key of each type, changed as the test needs it. */
function authenticateWith(
  credentials: { apiKey?: string; authorization?: string },
  fields: Partial<ApiKey> = {},
) {
  const known = new Map([
    [hashApiKey(publishable).toString('hex'), keyOf('publishable', fields)],
    [hashApiKey(secret).toString('hex'), keyOf('secret', fields)],
  ]);
  const tokens: Record<string, AccessToken> = {
    'alice-token': { userId: 'alice', isAdmin: false },
    'root-token': { userId: 'root', isAdmin: true },
  };
  return authenticate(
    {
      findApiKey: async (hash) => known.get(hash.toString('hex')),
      verifyAccessToken: async (tenant, token) => {
        expect(tenant).toBe('acme/dev');
        const accessToken = tokens[token];
        if (accessToken === undefined) throw new StorageError('auth/invalid-access-token', 'no');
        return accessToken;
      },
      clock: () => noon,
    },
    { apiKey: credentials.apiKey, authorization: credentials.authorization },
  );
}

describe('authenticate', () => {
  const base = { tenant: 'acme/dev', scopes: ['files:*'] };

  it('takes a publishable key alone for a guest', async () => {
    expect(await authenticateWith({ apiKey: publishable })).toEqual({
      ...base,
      kind: 'guest',
      keyId: 'key-publishable',
    });
  });

  it.each(['Bearer alice-token', 'bearer alice-token', 'BEARER   alice-token  '])(
    'takes a publishable key and %j for that user',
    async (authorization) => {
      expect(await authenticateWith({ apiKey: publishable, authorization })).toEqual({
        ...base,
        kind: 'user',
        userId: 'alice',
        keyId: 'key-publishable',
      });
    },
  );

  it('takes a token with the admin role for an admin of the key’s tenant', async () => {
    expect(await authenticateWith({ apiKey: publishable, authorization: 'Bearer root-token' })).toEqual({
      ...base,
      kind: 'admin',
      userId: 'root',
      keyId: 'key-publishable',
    });
  });

  it('makes an admin without a user id of a secret key', async () => {
    expect(await authenticateWith({ apiKey: secret })).toEqual({
      ...base,
      kind: 'admin',
      keyId: 'key-secret',
    });
  });

  it('takes a secret key and a token for an admin whose files belong to that user', async () => {
    expect(await authenticateWith({ apiKey: secret, authorization: 'Bearer alice-token' })).toEqual({
      ...base,
      kind: 'admin',
      userId: 'alice',
      keyId: 'key-secret',
    });
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['nonsense', 'hello'],
    ['two at once', `${publishable}, ${publishable}`],
    ['one that was never made', generateApiKey('publishable')],
    ['a publishable key passed off as secret', publishable.replace('pk_', 'sk_')],
  ])('refuses a request whose key is %s', async (_, apiKey) => {
    const attempt = authenticateWith(apiKey === undefined ? {} : { apiKey });
    expect(await refusalCode(attempt)).toBe('auth/invalid-api-key');
  });

  it('refuses a key from the instant it expires', async () => {
    const at = (expiresAt: Date) => authenticateWith({ apiKey: publishable }, { expiresAt });
    expect(await refusalCode(at(noon))).toBe('auth/api-key-expired');
    expect(await refusalCode(at(secondsFromNoon(-1)))).toBe('auth/api-key-expired');
    await expect(at(secondsFromNoon(1))).resolves.toMatchObject({ kind: 'guest' });
  });

  it('refuses a revoked key, and says revoked also when it has expired since', async () => {
    const fields = { revokedAt: secondsFromNoon(-60), expiresAt: secondsFromNoon(-30) };
    expect(await refusalCode(authenticateWith({ apiKey: secret }, fields))).toBe('auth/api-key-revoked');
  });

  it.each(['', 'alice-token', 'Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer wrong-token'])(
    'refuses the authorization %j instead of taking the caller for a guest',
    async (authorization) => {
      expect(await refusalCode(authenticateWith({ apiKey: publishable, authorization }))).toBe(
        'auth/invalid-access-token',
      );
    },
  );

  it('refuses a bad token also beside a secret key', async () => {
    const attempt = authenticateWith({ apiKey: secret, authorization: 'Bearer wrong-token' });
    expect(await refusalCode(attempt)).toBe('auth/invalid-access-token');
  });

  it('asks for the key first: without a good one no token is looked at', async () => {
    const attempt = authenticateWith({ apiKey: 'nonsense', authorization: 'Bearer wrong-token' });
    expect(await refusalCode(attempt)).toBe('auth/invalid-api-key');
  });
});
