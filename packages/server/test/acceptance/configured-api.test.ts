import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../test-support/src/api/client.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import type { RunningService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/** An API whose tokens come from an issuer with a JWKS. */
let tenant: Tenant;
let issuer: Server;
let api: RunningService;
let sign: (claims: object, kid?: string) => Promise<string>;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' }];
  issuer = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  sign = (claims, kid = 'key-1') =>
    new SignJWT({
      sub: 'alice',
      iss: 'https://id.example.com',
      aud: 'files',
      environment: tenant.environment,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime('1h')
      .sign(privateKey);
  tenant = await createTenant();
  api = await startOtherApi({
    JWT_SECRET: '',
    JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`,
    JWT_ISSUER: 'https://id.example.com',
    JWT_AUDIENCE: 'files',
    BKEND_MAX_SINGLE_PUT_BYTES: '100',
  });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});

const callerWith = (token: string) =>
  createClient(api.apiUrl, { 'X-API-Key': tenant.publishable.key, Authorization: `Bearer ${token}` });

describe('an API with an issuer’s keys', () => {
  it('takes the issuer’s tokens', async () => {
    await callerWith(await sign({})).ask('GET', '/v1/usage');
    await callerWith(await sign({ role: 'admin' })).ask('GET', '/v1/usage?scope=tenant');
  });

  it('refuses tokens of another issuer or for another audience', async () => {
    const tokens = [
      await signToken({ userId: 'alice', environment: tenant.environment }),
      await sign({ iss: 'https://evil.example.com' }),
      await sign({ aud: 'mail' }),
      await sign({}, 'key-2'),
    ];
    for (const token of tokens) {
      expect(await callerWith(token).refusal('GET', '/v1/usage')).toMatchObject({
        status: 401,
        code: 'auth/invalid-access-token',
      });
    }
  });
});

describe('an API with a limit of its own', () => {
  it('holds uploads to it', async () => {
    const client = callerWith(await sign({}));
    const request = { filename: 'a.txt', contentType: 'text/plain' };
    await client.ask('POST', '/v1/files/presigned-url', { ...request, fileSize: 100 });
    expect(
      await client.refusal('POST', '/v1/files/presigned-url', { ...request, fileSize: 101 }),
    ).toMatchObject({
      code: 'file/file-too-large',
      details: { maxBytes: 100, sizeBytes: 101 },
    });
  });
});
