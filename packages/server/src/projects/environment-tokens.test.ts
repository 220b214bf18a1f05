import { StorageError } from '@bkend/storage-contract';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createJwtCheck } from '../identity/check-jwt.ts';
import type { Tenant } from '../identity/tenant.ts';
import { verifyAccessToken } from '../identity/verify-access-token.ts';
import type { Environment } from './environment.ts';
import { type ServiceTokens, tokenRulesOf } from './environment-tokens.ts';
import type { TokenSettings } from './token-settings.ts';
import { deriveTokenSecret, tokenSourcesOf } from './token-source.ts';

const now = new Date('2026-05-01T12:00:00.000Z');
const seconds = now.getTime() / 1000;
const [shared, own, other] = ['s', 'o', 'x'].map((letter) => letter.repeat(32)) as [string, string, string];
const master = Buffer.alloc(32, 7);
const byShared: ServiceTokens = { kind: 'shared', verifications: [{ kind: 'secret', secret: shared }] };
const generated: ServiceTokens = { kind: 'generated', master, firstSecret: 'f'.repeat(32) };

function environment(tenant: Tenant, fields: Partial<Environment> = {}): Environment {
  return {
    tenant,
    id: `id of ${tenant}`,
    createdAt: now,
    settings: {},
    isHome: false,
    ownsFirstSecret: false,
    rivalAudiences: [],
    ...fields,
  };
}

const sign = (secret: string, claims: object = {}) =>
  new SignJWT({ sub: 'alice', iat: seconds, exp: seconds + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));

const checkJwt = createJwtCheck(() => now);

/** `taken`, `open` for what goes on from before the upgrade, or why it is refused. */
async function verdict(token: string, of: Environment | Tenant, service = byShared): Promise<string> {
  const [tenant, environment] = typeof of === 'string' ? [of, undefined] : [of.tenant, of];
  let open = false;
  const deps = {
    findTokenRules: async () => tokenRulesOf(tenant, environment, service),
    checkJwt,
    clock: () => now,
    onOpenToken: () => {
      open = true;
    },
  };
  try {
    await verifyAccessToken(deps, tenant, token);
    return open ? 'open' : 'taken';
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return String(error.details.reason ?? error.code);
  }
}

describe('a service-wide token', () => {
  const home = environment('default/dev', { isHome: true });
  const moved = { ...home, homeSince: now };
  const older = { iat: seconds - 1 };
  const shop = { environment: 'shop/prod' };

  it.each<[string, Environment | Tenant, object, string]>([
    ['without the claim', home, {}, 'taken'],
    ['with the right claim', home, { environment: 'default/dev' }, 'taken'],
    ['with another claim', home, shop, 'wrong-environment'],
    ['without the claim', environment('shop/prod'), {}, 'missing-environment'],
    ['with the right claim', environment('shop/prod'), shop, 'taken'],
    ['with the claim of home', environment('shop/prod'), { environment: 'default/dev' }, 'wrong-environment'],
    ['with the project alone', environment('shop/prod'), { environment: 'shop' }, 'wrong-environment'],
    ['with a list', environment('shop/prod'), { environment: ['shop/prod'] }, 'wrong-environment'],
    ['with null', environment('shop/prod'), { environment: null }, 'wrong-environment'],
    ['with null', home, { environment: null }, 'wrong-environment'],
    ['with an empty claim', home, { environment: '' }, 'wrong-environment'],
    [
      'with the claim in capitals',
      environment('shop/prod'),
      { environment: 'SHOP/prod' },
      'wrong-environment',
    ],
    ['without exp', home, { exp: undefined }, 'missing-exp'],
    [
      'without exp, with the right claim',
      environment('shop/prod'),
      { ...shop, exp: undefined },
      'missing-exp',
    ],
    ['issued after the move', moved, {}, 'taken'],
    ['issued before the move', moved, older, 'issued-before-home'],
    [
      'issued in the second of the move',
      { ...moved, homeSince: new Date(now.getTime() + 500) },
      {},
      'issued-before-home',
    ],
    ['without iat after a move', moved, { iat: undefined }, 'issued-before-home'],
    ['that says it is of tomorrow, after a move', moved, { iat: seconds + 86_400 }, 'issued-before-home'],
    ['issued before the move, with the claim', moved, { ...older, environment: 'default/dev' }, 'taken'],
    [
      'older than the environment',
      environment('shop/prod', { tokensFrom: now }),
      { ...shop, ...older },
      'issued-before-environment',
    ],
    [
      'of the second it was made in',
      environment('shop/prod', { tokensFrom: new Date(now.getTime() + 900) }),
      shop,
      'taken',
    ],
    ['without iat', environment('shop/prod', { tokensFrom: now }), { ...shop, iat: undefined }, 'taken'],
    [
      'of tomorrow',
      environment('shop/prod', { tokensFrom: now }),
      { ...shop, iat: seconds + 86_400 },
      'taken',
    ],
    ['without the claim', 'shop/prod', {}, 'missing-environment'],
    ['with the right claim', 'shop/prod', shop, 'taken'],
  ])('%s, in %o, %j: %s', async (_, of, claims, expected) => {
    expect(await verdict(await sign(shared, claims), of)).toBe(expected);
  });

  it('may be signed with the secret of before as well', async () => {
    const rotating: ServiceTokens = {
      kind: 'shared',
      verifications: [shared, other].map((secret) => ({ kind: 'secret', secret })),
    };
    for (const secret of [shared, other])
      expect(await verdict(await sign(secret), home, rotating)).toBe('taken');
    expect(await verdict(await sign(own), home, rotating)).toBe('not-verified');
    const expired = await sign(other, { exp: seconds - 60 });
    expect(await verdict(expired, home, rotating)).toBe('auth/access-token-expired');
  });

  it('is not taken by an environment with a secret of its own, home or not', async () => {
    for (const isHome of [true, false]) {
      const mine = environment('shop/prod', { isHome, settings: { tokens: { secret: own } } });
      expect(await verdict(await sign(shared, { environment: 'shop/prod' }), mine)).toBe('not-verified');
      expect(await verdict(await sign(own), mine)).toBe('taken');
    }
  });
});

describe('a token of an environment’s own secret', () => {
  const set = (tokens: TokenSettings, fields: Partial<Environment> = {}) =>
    environment('shop/prod', { settings: { tokens }, ...fields });

  it('needs the claim exactly where another environment has the secret, too', async () => {
    const token = await sign(own);
    expect(await verdict(token, set({ secret: own }))).toBe('taken');
    expect(await verdict(token, set({ secret: own }, { rivalAudiences: [undefined] }))).toBe(
      'missing-environment',
    );
    expect(await verdict(await sign(shared), set({ secret: shared }))).toBe('missing-environment');
    expect(await verdict(await sign(shared), set({ secret: `${shared}\0` }))).toBe('missing-environment');
    expect(await verdict(await sign(own), set({ secret: other, previousSecret: own }))).toBe('taken');
    const named = await sign(own, { environment: 'shop/prod' });
    expect(await verdict(named, set({ secret: own }, { rivalAudiences: [undefined] }))).toBe('taken');
  });

  it('is taken strictly also where tokens of before the upgrade go on elsewhere', async () => {
    const open = { openTokensUntil: new Date(now.getTime() + 1), rivalAudiences: [undefined] };
    expect(await verdict(await sign(own), set({ secret: own }, open))).toBe('missing-environment');
    expect(await verdict(await sign(own, { exp: undefined }), set({ secret: own }, open))).toBe(
      'missing-exp',
    );
  });
});

describe('a generated secret', () => {
  const shop = environment('shop/prod');
  it('is each environment’s own, and another when the environment is made again', () => {
    const secrets = [shop, environment('shop/dev'), { ...shop, id: 'another' }].map((each) =>
      deriveTokenSecret(master, each),
    );
    expect(new Set([...secrets, deriveTokenSecret(Buffer.alloc(32, 8), shop)]).size).toBe(4);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('needs no claim, and opens nothing else', async () => {
    const token = await sign(deriveTokenSecret(master, shop));
    expect(await verdict(token, shop, generated)).toBe('taken');
    expect(await verdict(token, environment('shop/dev', { isHome: true }), generated)).toBe('not-verified');
    expect(await verdict(token, 'shop/dev', generated)).toBe('not-verified');
  });

  it('of the version before is the home environment’s', async () => {
    const first = await sign('f'.repeat(32));
    expect(await verdict(first, environment('a/dev', { ownsFirstSecret: true }), generated)).toBe('taken');
    expect(await verdict(first, shop, generated)).toBe('not-verified');
  });
});

describe('for a while after the upgrade', () => {
  const until = (ms: number) => ({ openTokensUntil: new Date(now.getTime() + ms) });
  it.each<[string, ServiceTokens, string]>([
    ['service-wide', byShared, shared],
    ['generated', generated, 'f'.repeat(32)],
  ])('%s tokens go on working, but those that name another environment', async (_, service, secret) => {
    const open = environment('shop/prod', until(1));
    const closed = environment('shop/prod', until(0));
    for (const claims of [{}, { exp: undefined }, { iat: seconds - 1e6 }]) {
      expect(await verdict(await sign(secret, claims), open, service)).toBe('open');
      expect(await verdict(await sign(secret, claims), closed, service)).not.toMatch(/open|taken/);
    }
    const strange = await sign(secret, { environment: 'shop/dev' });
    expect(await verdict(strange, open, service)).toBe('wrong-environment');
    expect(await verdict(await sign(secret, { environment: 'shop/prod' }), open, service)).toBe('taken');
    expect(await verdict(await sign(other), open, service)).toBe('not-verified');
  });
});

describe('no token', () => {
  const secrets = [shared, own, other, `${shared}\0`, 'f'.repeat(32)];
  const tokens = fc.option(
    fc.record(
      { secret: fc.constantFrom(...secrets), previousSecret: fc.constantFrom(...secrets) },
      { requiredKeys: ['secret'] },
    ),
    { nil: undefined },
  );
  const tenants = ['default/dev', 'shop/dev', 'shop/prod'] as const;
  const settings = fc.tuple(tokens, tokens, tokens);
  const services = fc.constantFrom<ServiceTokens>(byShared, generated, {
    kind: 'shared',
    verifications: [other, shared].map((secret) => ({ kind: 'secret', secret })),
  });
  const claim = fc.constantFrom<unknown>(undefined, ...tenants, null, [...tenants], '');

  /** As the database sees who verifies by the same source. */
  function installation(all: readonly (TokenSettings | undefined)[], home: number): Environment[] {
    const sources = all.map(tokenSourcesOf);
    return tenants.map((tenant, index) => {
      const tokens = all[index];
      const rivals = sources
        .filter((_, each) => each !== index)
        .filter((theirs) => theirs.some((source) => sources[index]?.includes(source)));
      return environment(tenant, {
        isHome: index === home,
        ownsFirstSecret: index === 0,
        settings: tokens === undefined ? {} : { tokens },
        rivalAudiences: rivals.length > 0 ? [undefined] : [],
      });
    });
  }

  it('is good in two environments, however they verify', async () => {
    const input = fc.tuple(settings, fc.nat(2), services, fc.constantFrom(...secrets, 'derived'), claim);
    await fc.assert(
      fc.asyncProperty(input, async ([all, home, service, secret, environmentClaim]) => {
        const environments = installation(all as (TokenSettings | undefined)[], home);
        const key = secret === 'derived' ? deriveTokenSecret(master, environments[1] as Environment) : secret;
        const token = await sign(key, { environment: environmentClaim });
        const verdicts = await Promise.all(environments.map((each) => verdict(token, each, service)));
        const takers = environments.filter((_, index) => verdicts[index] === 'taken');
        expect(takers.length).toBeLessThanOrEqual(1);
        if (environmentClaim !== undefined) {
          for (const { tenant } of takers) expect(tenant).toBe(environmentClaim);
        }
      }),
      { numRuns: 500 },
    );
  });
});
