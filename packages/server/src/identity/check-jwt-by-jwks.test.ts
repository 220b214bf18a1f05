import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusalCode } from '../../../test-support/src/samples/refusal-code.ts';
import { type CheckedToken, createJwtCheck } from './check-jwt.ts';

const noon = new Date('2026-05-01T12:00:00.000Z');
const noonInSeconds = noon.getTime() / 1000;
const secret = 'a secret of thirty-two characters or more';

const base64url = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');

describe('a verifier with a JWKS', () => {
  /** An issuer: the keys it publishes now, and how often it was asked. */
  let published: { keys: JWK[] } | 'broken' | 'endless';
  let sentBytes: number;
  let fetches: number;
  let server: Server;
  let verify: (token: string) => Promise<CheckedToken>;

  beforeEach(async () => {
    // The issuer's keys cool down by the machine's clock, not by ours.
    vi.useFakeTimers({ toFake: ['Date'], now: noon });
    published = { keys: [] };
    fetches = 0;
    sentBytes = 0;
    server = createServer((_request, response) => {
      fetches += 1;
      if (published === 'broken') response.writeHead(500).end();
      else if (published === 'endless') sendWithoutEnd(response);
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(published));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = createJwtCheck();
    const verification = { kind: 'jwks', url: `http://127.0.0.1:${port}/jwks.json` } as const;
    verify = (token) => check(verification, token);
  });

  afterEach(async () => {
    vi.useRealTimers();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function sendWithoutEnd(response: ServerResponse) {
    const spaces = Buffer.alloc(64 * 1024, ' ');
    const more = () => {
      while (!response.destroyed && response.write(spaces)) sentBytes += spaces.length;
    };
    response.writeHead(200, { 'Content-Type': 'application/json' }).on('drain', more);
    more();
  }

  async function publish(alg: string, kid: string): Promise<CryptoKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    if (typeof published === 'string') published = { keys: [] };
    published.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
    return privateKey;
  }

  const sign = (key: CryptoKey, header: { alg: string; kid?: string }) =>
    new SignJWT({ sub: 'alice', exp: noonInSeconds + 3600 }).setProtectedHeader(header).sign(key);

  it.each(['RS256', 'ES256', 'EdDSA'])('takes a token signed with %s', async (alg) => {
    const key = await publish(alg, 'key-1');
    await expect(verify(await sign(key, { alg, kid: 'key-1' }))).resolves.toMatchObject({ userId: 'alice' });
  });

  it.each(['RS384', 'PS256', 'ES384'])('refuses %s, which is not among the promised', async (alg) => {
    const key = await publish(alg, 'key-1');
    const token = await sign(key, { alg, kid: 'key-1' });
    expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
  });

  it('refuses HS256 with the public key as the secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1' }] };
    for (const text of [await exportSPKI(publicKey), JSON.stringify(await exportJWK(publicKey))]) {
      const token = await new SignJWT({ sub: 'alice', role: 'admin' })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
        .sign(new TextEncoder().encode(text));
      expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
    }
  });

  it('refuses a published symmetric key, and no algorithm at all', async () => {
    const oct = Buffer.from(secret).toString('base64url');
    published = { keys: [{ kty: 'oct', k: oct, kid: 'key-1', alg: 'HS256' }] };
    const hs256 = await new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode(secret));
    const none = `${base64url({ alg: 'none', kid: 'key-1' })}.${base64url({ sub: 'alice' })}.`;
    for (const token of [hs256, none])
      expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
  });

  it('ignores a key that the token brings along', async () => {
    await publish('ES256', 'key-1');
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const token = await new SignJWT({ sub: 'mallory' })
      .setProtectedHeader({ alg: 'ES256', kid: 'key-1', jwk: await exportJWK(publicKey) })
      .sign(privateKey);
    expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
  });

  it('asks the issuer once for many tokens at the same time', async () => {
    const key = await publish('ES256', 'key-1');
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        new SignJWT({ sub: `user-${index}` }).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).sign(key),
      ),
    );
    await Promise.all(tokens.map(verify));
    expect(fetches).toBe(1);
  });

  it('asks again when the issuer begins to sign with a new key', async () => {
    const first = await publish('ES256', 'key-1');
    await verify(await sign(first, { alg: 'ES256', kid: 'key-1' }));
    const second = await publish('RS256', 'key-2');
    vi.setSystemTime(noon.getTime() + 2_000);
    await expect(verify(await sign(second, { alg: 'RS256', kid: 'key-2' }))).resolves.toMatchObject({
      userId: 'alice',
    });
    expect(fetches).toBe(2);
  });

  it('refuses what a withdrawn key has signed, 5 s later, whether the token was used before or not', async () => {
    const withdrawn = await publish('ES256', 'key-1');
    const kept = await publish('ES256', 'key-2');
    const used = await sign(withdrawn, { alg: 'ES256', kid: 'key-1' });
    const unused = await new SignJWT({ sub: 'bob', exp: noonInSeconds + 3600 })
      .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
      .sign(withdrawn);
    const good = await sign(kept, { alg: 'ES256', kid: 'key-2' });
    await verify(used);
    await verify(good);
    if (typeof published !== 'string') published.keys.shift();
    vi.setSystemTime(noon.getTime() + 5_000);
    const outcomes = await Promise.all([
      refusalCode(verify(used)),
      refusalCode(verify(unused)),
      ...Array.from({ length: 20 }, () => refusalCode(verify(used))),
    ]);
    expect(new Set(outcomes)).toEqual(new Set(['auth/invalid-access-token']));
    await expect(verify(good)).resolves.toMatchObject({ userId: 'alice' });
  });

  it('uses the keys that it has for 10 minutes while the issuer does not answer', async () => {
    const key = await publish('ES256', 'key-1');
    const token = await sign(key, { alg: 'ES256', kid: 'key-1' });
    await verify(token);
    published = 'broken';
    vi.setSystemTime(noon.getTime() + 9 * 60_000);
    await expect(verify(token)).resolves.toMatchObject({ userId: 'alice' });
    vi.setSystemTime(noon.getTime() + 10 * 60_000);
    expect(await refusalCode(verify(token))).toBe('common/unavailable');
  });

  it('asks at most once in 4 s, however many tokens come', async () => {
    const key = await publish('ES256', 'key-1');
    const token = await sign(key, { alg: 'ES256', kid: 'key-1' });
    for (let ms = 0; ms < 20_000; ms += 100) {
      vi.setSystemTime(noon.getTime() + ms);
      await verify(token);
    }
    expect(fetches).toBe(5);
  });

  it('is not made to ask again and again by a flood of unknown keys', async () => {
    const key = await publish('ES256', 'key-1');
    await verify(await sign(key, { alg: 'ES256', kid: 'key-1' }));
    const { privateKey } = await generateKeyPair('ES256');
    vi.setSystemTime(noon.getTime() + 2_000);
    const flood = Array.from({ length: 200 }, async (_, index) =>
      refusalCode(verify(await sign(privateKey, { alg: 'ES256', kid: `unknown-${index}` }))),
    );
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['auth/invalid-access-token']));
    expect(fetches).toBe(2);
  });

  it('reads no more than a key set has, however much an issuer sends', async () => {
    const key = await publish('ES256', 'key-1');
    const token = await sign(key, { alg: 'ES256', kid: 'key-1' });
    published = 'endless';
    const begun = performance.now();
    expect(await refusalCode(verify(token))).toBe('common/unavailable');
    expect(performance.now() - begun).toBeLessThan(4_000);
    // Beside what was read, buffers of the system hold some megabytes.
    expect(sentBytes).toBeLessThan(24 * 1024 * 1024);
  });

  it('blames the issuer, not the token, while the keys cannot be had, and recovers', async () => {
    const key = await publish('ES256', 'key-1');
    const keys = published;
    const token = await sign(key, { alg: 'ES256', kid: 'key-1' });
    published = 'broken';
    expect(await refusalCode(verify(token))).toBe('common/unavailable');
    published = keys;
    vi.setSystemTime(noon.getTime() + 2_000);
    await expect(verify(token)).resolves.toMatchObject({ userId: 'alice' });
  });
});
