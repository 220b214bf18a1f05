import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, noon } from '../../../test-support/src/samples/samples.ts';
import type { TokenVerification } from '../identity/access-token.ts';
import type { CheckedToken } from '../identity/check-jwt.ts';
import { refusalOf } from '../identity/token-rules.ts';
import type { Environment } from './environment.ts';
import { type ServiceTokens, tokenRulesOf } from './environment-tokens.ts';
import { tokenSourceOf, tokenSourcesOf } from './token-source.ts';

/** The same keys at addresses that are written differently, and those of another issuer. */
const same = [
  'https://id.example/keys',
  'https://ID.example:443/keys',
  'https://id.example./%6beys/',
  'http://id.example/keys',
  'https://id.example/Keys?app=shop',
  'https://id.example//keys/?',
];
/** One machine. */
const local = [
  ...['localhost', 'id.localhost', '127.0.0.1', '127.1', '0x7f.2.3.4', '[::1]', '[::ffff:127.0.0.1]'],
  ...['0.0.0.0', '[::]', 'LOCALHOST.'],
].map((host) => `http://${host}:8080/keys`);
const other = 'https://id.example/other-keys';
const urls = [...same, other];
const tenants = ['default/dev', 'shop/dev', 'shop/prod'] as const;

interface Issued {
  readonly by: string;
  readonly token: CheckedToken;
}

/** Whether signature and audience are good, as the check of tokens would find them. */
function verifies({ by, token }: Issued, verification: TokenVerification): boolean {
  const { audience } = verification;
  const isSigned = tokenSourceOf(verification) === tokenSourceOf({ kind: 'jwks', url: by });
  return isSigned && (audience === undefined || token.audiences.includes(audience));
}

function isTaken(issued: Issued, environment: Environment, service: ServiceTokens): boolean {
  const rules = tokenRulesOf(environment.tenant, environment, service);
  const source = rules.sources.find(({ verification }) => verifies(issued, verification));
  return source !== undefined && refusalOf(rules, source, { token: issued.token, now: noon }) === undefined;
}

describe('published keys', () => {
  it('are distinguished by their location, not by its spelling', () => {
    const sources = urls.map((url) => tokenSourceOf({ kind: 'jwks', url }));
    expect(new Set(sources).size).toBe(2);
    expect(sources.at(-1)).not.toBe(sources[0]);
    expect(new Set(local.map((url) => tokenSourceOf({ kind: 'jwks', url }))).size).toBe(1);
    for (const url of [
      'http://localhost:8081/keys',
      'http://localhost.example:8080/keys',
      'http://128.0.0.1:8080/keys',
    ]) {
      expect(local.map((url) => tokenSourceOf({ kind: 'jwks', url }))).not.toContain(
        tokenSourceOf({ kind: 'jwks', url }),
      );
    }
  });

  it('that several environments share make no token good in two of them', () => {
    const url = fc.constantFrom(...urls);
    const audience = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
    const source = fc.record({ jwksUrl: url, audience });
    const own = fc.option(source, { nil: undefined });
    const input = fc.record({
      own: fc.tuple(own, own, own),
      home: fc.nat(2),
      service: source,
      by: url,
      audiences: fc.constantFrom<string[]>([], ['a'], ['b'], ['a', 'b'], ['c', 'a']),
      claim: fc.constantFrom<unknown>(undefined, ...tenants, null, [...tenants]),
    });
    fc.assert(
      fc.property(input, ({ own, home, service, by, audiences, claim }) => {
        const sources = own.map((each) => tokenSourcesOf(each && { jwksUrl: each.jwksUrl }));
        const environments = tenants.map((tenant, index): Environment => {
          const tokens = own[index];
          const rivals = own.filter(
            (_, at) => at !== index && sources[at]?.some((source) => sources[index]?.includes(source)),
          );
          return {
            tenant,
            id: tenant,
            createdAt: noon,
            isHome: index === home,
            ownsFirstSecret: false,
            settings: tokens === undefined ? {} : { tokens: written(tokens) },
            rivalAudiences: rivals.map((rival) => rival?.audience),
          };
        });
        const verification: TokenVerification = {
          kind: 'jwks',
          url: service.jwksUrl,
          ...(service.audience !== undefined && { audience: service.audience }),
        };
        const token = {
          userId: 'alice',
          isAdmin: false,
          expiresAt: later(60),
          audiences,
          environment: claim,
        };
        const takers = environments.filter((environment) =>
          isTaken({ by, token }, environment, { kind: 'shared', verifications: [verification] }),
        );
        expect(takers.length).toBeLessThanOrEqual(1);
        if (claim !== undefined) expect(takers.every(({ tenant }) => tenant === claim)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

function written({ jwksUrl, audience }: { jwksUrl: string; audience: string | undefined }) {
  return { jwksUrl, ...(audience !== undefined && { audience }) };
}
