import type { TokenVerification } from '../identity/access-token.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { TokenRules, TokenSource } from '../identity/token-rules.ts';
import type { Environment } from './environment.ts';
import { deriveTokenSecret, tokenSourceOf, verificationsOf } from './token-source.ts';

/** How environments without settings of their own verify tokens. */
export type ServiceTokens =
  /** All by `JWT_…`; the first is the one to sign with. */
  | { readonly kind: 'shared'; readonly verifications: readonly TokenVerification[] }
  /** Each by a secret of its own, derived from the master. */
  | {
      readonly kind: 'generated';
      readonly master: Uint8Array;
      /** The generated secret of the version before, which was one for all. */
      readonly firstSecret: string;
      readonly issuer?: string;
      readonly audience?: string;
    };

/**
 * The rules by which an environment takes tokens. No token is good in two environments: an environment that could
 * verify the tokens of another requires the claim `environment`. The home environment alone takes service-wide tokens without it.
 * @param environment undefined for a tenant without an environment yet: it takes tokens that name it, and only service-wide tokens
 */
export function tokenRulesOf(
  tenant: Tenant,
  environment: Environment | undefined,
  service: ServiceTokens,
): TokenRules {
  const { tokensFrom, openTokensUntil, settings } = environment ?? {};
  const issuedFrom = tokensFrom !== undefined && { issuedFrom: tokensFrom };
  if (environment !== undefined && settings?.tokens !== undefined) {
    const sources = verificationsOf(settings.tokens).map((verification): TokenSource => {
      const environmentClaim = claimOf(verification, rivalsOf(environment, verification, service));
      return { verification, environmentClaim };
    });
    return { tenant, ...issuedFrom, sources };
  }
  const open = openTokensUntil !== undefined && { openUntil: openTokensUntil };
  const sources =
    service.kind === 'shared'
      ? sharedSources(environment, service.verifications)
      : generatedSources(environment, service);
  return { tenant, ...issuedFrom, ...open, sources };
}

/**
 * As {@link tokenRulesOf}, with the rules of an environment made once: for where `find` answers with the same object until
 * the environment changes.
 */
export function createTokenRules(
  find: (tenant: Tenant) => Promise<Environment | undefined>,
  service: ServiceTokens,
): (tenant: Tenant) => Promise<TokenRules> {
  const made = new WeakMap<Environment, TokenRules>();
  return async (tenant) => {
    const environment = await find(tenant);
    const known = environment && made.get(environment);
    if (known) return known;
    const rules = tokenRulesOf(tenant, environment, service);
    if (environment) made.set(environment, rules);
    return rules;
  };
}

function sharedSources(
  environment: Environment | undefined,
  verifications: readonly TokenVerification[],
): TokenSource[] {
  const homeSince = environment?.homeSince;
  return verifications.map((verification) =>
    environment?.isHome
      ? {
          verification,
          environmentClaim: 'optional',
          ...(homeSince !== undefined && { claimlessFrom: homeSince }),
        }
      : { verification, environmentClaim: 'required' },
  );
}

function generatedSources(
  environment: Environment | undefined,
  service: ServiceTokens & { kind: 'generated' },
): TokenSource[] {
  if (environment === undefined) return [];
  const { issuer, audience, firstSecret, master } = service;
  const by = (secret: string): TokenVerification => ({
    kind: 'secret',
    secret,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  });
  if (environment.ownsFirstSecret) return [{ verification: by(firstSecret), environmentClaim: 'optional' }];
  const own: TokenSource = {
    verification: by(deriveTokenSecret(master, environment)),
    environmentClaim: 'optional',
  };
  const { openTokensUntil } = environment;
  if (openTokensUntil === undefined) return [own];
  return [own, { verification: by(firstSecret), environmentClaim: 'required', until: openTokensUntil }];
}

/** The audiences of all others that verify by the same source; undefined for one that names none. */
function rivalsOf(
  { rivalAudiences }: Environment,
  verification: TokenVerification,
  service: ServiceTokens,
): readonly (string | undefined)[] {
  const source = tokenSourceOf(verification);
  const ofService: readonly TokenVerification[] =
    service.kind === 'shared' ? service.verifications : [{ kind: 'secret', secret: service.firstSecret }];
  const alike = ofService.filter((each) => tokenSourceOf(each) === source);
  return [...rivalAudiences, ...alike.map(({ audience }) => audience)];
}

function claimOf(
  { kind, audience }: TokenVerification,
  rivals: readonly (string | undefined)[],
): TokenSource['environmentClaim'] {
  if (rivals.length === 0) return 'optional';
  const isApart =
    kind === 'jwks' &&
    audience !== undefined &&
    rivals.every((rival) => rival !== undefined && rival !== audience);
  // A token may name several audiences (RFC 7519, section 4.1.3), and would then be good for all of them.
  return isApart ? 'required-of-several-audiences' : 'required';
}
