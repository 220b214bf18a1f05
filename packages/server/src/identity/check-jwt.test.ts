import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { refusalCode } from '../../../test-support/src/samples/refusal-code.ts';
import { signAccessToken, type TokenVerification } from './access-token.ts';
import { createJwtCheck } from './check-jwt.ts';

const noon = new Date('2026-05-01T12:00:00.000Z');
const noonInSeconds = noon.getTime() / 1000;
const secret = 'a secret of thirty-two characters or more';
const bySecret = { kind: 'secret', secret } as const;

/** A check with one verification. */
function createTokenVerifier(verification: TokenVerification, clock?: () => Date) {
  const check = createJwtCheck(clock);
  return (token: string) => check(verification, token);
}

/** A clock that the test sets. */
function clockAt(instant: Date) {
  let now = instant;
  return {
    clock: () => now,
    turnTo: (seconds: number) => {
      now = new Date(instant.getTime() + seconds * 1000);
    },
  };
}

const base64url = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');

describe('a verifier with a shared secret', () => {
  const { clock } = clockAt(noon);
  const verify = createTokenVerifier(bySecret, clock);

  const sign = (claims: object, header: object = {}, key = secret) =>
    new SignJWT({ sub: 'alice', exp: noonInSeconds + 60, ...claims })
      .setProtectedHeader({ alg: 'HS256', ...header })
      .sign(new TextEncoder().encode(key));

  it('reads the user and the end of a token', async () => {
    expect(await verify(await sign({}))).toEqual({
      userId: 'alice',
      isAdmin: false,
      expiresAt: new Date(noon.getTime() + 60_000),
      audiences: [],
      environment: undefined,
    });
  });

  it('reads the tokens that we sign ourselves', async () => {
    const claims = { userId: '앨리스', role: 'admin', expiresInSeconds: 60, at: noon } as const;
    const named = { ...claims, environment: 'shop/prod' } as const;
    expect(await verify(await signAccessToken(bySecret, named))).toEqual({
      userId: '앨리스',
      isAdmin: true,
      expiresAt: new Date(noon.getTime() + 60_000),
      issuedAtSeconds: noonInSeconds,
      audiences: [],
      environment: 'shop/prod',
    });
  });

  it('says of a token without an end that it has none, for others to refuse', async () => {
    expect(await verify(await sign({ exp: undefined }))).not.toHaveProperty('expiresAt');
  });

  it.each([
    ['one audience', 'a', ['a']],
    ['several', ['a', 'b'], ['a', 'b']],
  ])('reads %s', async (_, aud, audiences) => {
    expect(await verify(await sign({ aud }))).toMatchObject({ audiences });
  });

  it.each([
    ['expired 29 s ago', { exp: noonInSeconds - 29 }],
    ['valid in 30 s', { nbf: noonInSeconds + 30 }],
    ['valid in 2 s', { nbf: noonInSeconds + 2 }],
    ['issued tomorrow', { iat: noonInSeconds + 86_400 }],
  ])('bears with clocks that are off: a token that is %s', async (_, claims) => {
    await expect(verify(await sign(claims))).resolves.toMatchObject({ userId: 'alice' });
  });

  it.each([['Admin'], ['administrator'], [['admin']], [true], [null]])(
    'makes no admin of the role %j',
    async (role) => {
      expect(await verify(await sign({ role }))).toMatchObject({ isAdmin: false });
    },
  );

  it.each([
    ['expired', { exp: noonInSeconds - 60 }, 'auth/access-token-expired'],
    ['expired 30 s ago', { exp: noonInSeconds - 30 }, 'auth/access-token-expired'],
    ['not yet valid for 31 s', { nbf: noonInSeconds + 31 }, 'auth/invalid-access-token'],
    ['without a user', { sub: undefined }, 'auth/invalid-access-token'],
    ['with an empty user', { sub: '' }, 'auth/invalid-access-token'],
    ['with a user of 256 characters', { sub: 'x'.repeat(256) }, 'auth/invalid-access-token'],
    ['with a line feed in the user', { sub: 'a\nb' }, 'auth/invalid-access-token'],
    ['with a NUL in the user', { sub: 'a\0b' }, 'auth/invalid-access-token'],
    ['with a number for a user', { sub: 7 }, 'auth/invalid-access-token'],
    ['with text for an end', { exp: 'tomorrow' }, 'auth/invalid-access-token'],
    ['with an end that no date has', { exp: 8.65e12 }, 'auth/invalid-access-token'],
    ['with an end like 1e400', { exp: 1e300 }, 'auth/invalid-access-token'],
  ])('refuses a token that is %s', async (_, claims, code) => {
    expect(await refusalCode(verify(await sign(claims)))).toBe(code);
  });

  it('refuses another secret, another algorithm and no algorithm', async () => {
    const [, payload] = (await sign({})).split('.');
    const hs512 = new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'HS512' })
      .sign(new TextEncoder().encode(secret));
    const tokens = [
      await sign({}, {}, 'another secret of thirty-two characters'),
      await hs512,
      `${base64url({ alg: 'none' })}.${payload}.`,
      `${base64url({ alg: 'None' })}.${payload}.`,
      `${base64url({ typ: 'JWT' })}.${payload}.`,
    ];
    for (const token of tokens) expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
  });

  it('refuses a token of which any byte was changed', async () => {
    const token = await sign({});
    const [header = '', payload = '', signature = ''] = token.split('.');
    const other = base64url({ sub: 'bob', exp: noonInSeconds + 60 });
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    for (const changed of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${token}.x`,
      'x',
      '..',
    ]) {
      expect(await refusalCode(verify(changed))).toBe('auth/invalid-access-token');
    }
  });

  it('refuses an extension it must understand and does not', async () => {
    const crit = await new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'HS256', crit: ['b64'], b64: true })
      .sign(new TextEncoder().encode(secret));
    const token = `${base64url({ alg: 'HS256', crit: ['urn:new'], 'urn:new': 1 })}.${crit.split('.').slice(1).join('.')}`;
    expect(await refusalCode(verify(token))).toBe('auth/invalid-access-token');
  });

  it('holds issuer and audience against what is configured', async () => {
    const strict = createTokenVerifier(
      { ...bySecret, issuer: 'https://id.example', audience: 'files' },
      clock,
    );
    const good = { iss: 'https://id.example', aud: ['mail', 'files'] };
    await expect(strict(await sign(good))).resolves.toMatchObject({ userId: 'alice' });
    for (const wrong of [
      {},
      { ...good, iss: 'https://id.example/' },
      { ...good, aud: 'mail' },
      { ...good, aud: undefined },
    ]) {
      expect(await refusalCode(strict(await sign(wrong)))).toBe('auth/invalid-access-token');
    }
  });

  it('never believes a remembered token beyond its life', async () => {
    const { clock: turning, turnTo } = clockAt(noon);
    const remembering = createTokenVerifier(bySecret, turning);
    const token = await sign({ exp: noonInSeconds + 10 });
    await remembering(token);
    turnTo(39);
    await expect(remembering(token)).resolves.toMatchObject({ userId: 'alice' });
    turnTo(40);
    expect(await refusalCode(remembering(token))).toBe('auth/access-token-expired');
  });

  it('remembers a token for the verification that took it, and for no other', async () => {
    const check = createJwtCheck(clock);
    const token = await sign({ aud: 'a' });
    await check({ ...bySecret, audience: 'a' }, token);
    for (const other of [
      { ...bySecret, secret: 'another secret of thirty-two characters' },
      { ...bySecret, audience: 'b' },
      { ...bySecret, issuer: 'a' },
    ]) {
      expect(await refusalCode(check(other, token))).toBe('auth/invalid-access-token');
    }
  });

  it('does not remember a refusal', async () => {
    const { clock: turning, turnTo } = clockAt(noon);
    const remembering = createTokenVerifier(bySecret, turning);
    const token = await sign({ nbf: noonInSeconds + 40, exp: noonInSeconds + 60 });
    expect(await refusalCode(remembering(token))).toBe('auth/invalid-access-token');
    turnTo(10);
    await expect(remembering(token)).resolves.toMatchObject({ userId: 'alice' });
  });
});
