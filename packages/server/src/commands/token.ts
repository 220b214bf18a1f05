import { signAccessToken, type TokenVerification } from '../identity/access-token.ts';
import type { Tenant } from '../identity/tenant.ts';
import { hasEmbeddedDatabase } from '../postgres/embedded/find-embedded-database.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { tokenRulesOf } from '../projects/environment-tokens.ts';
import type { EnvironmentRepository } from '../projects/ports.ts';
import { requireDataDir } from '../roles/require-service.ts';
import { serviceTokens } from '../roles/signing-secrets.ts';
import { withDatabase } from '../roles/with-database.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';
import { requireTenant } from './tenant-argument.ts';

export interface TokenOptions {
  readonly user: string;
  readonly role?: string;
  readonly project?: string;
  readonly env?: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/**
 * `token`: signs an access token, as an app's login does: with the environment's own secret, and naming the environment.
 * @throws UsageError when there is no such environment, or when only another issuer can sign for it
 */
export async function token(options: TokenOptions, { config, log, show }: CommandContext) {
  const { tokens, database, dataDir } = config;
  const { user, role, expiresIn } = options;
  const sign = async (verification: TokenVerification & { kind: 'secret' }, environment?: Tenant) => {
    const accessToken = await signAccessToken(verification, {
      userId: user,
      ...(role !== undefined && { role }),
      ...(environment !== undefined && { environment }),
      expiresInSeconds: expiresIn,
      at: new Date(),
    });
    show({ accessToken }, accessToken);
  };
  if (tokens.kind === 'secret' && database.kind === 'embedded' && !(await hasEmbeddedDatabase(dataDir))) {
    // The service runs elsewhere and only its secret is here. A token without an environment is for its home environment.
    const isNamed = options.project !== undefined || options.env !== undefined;
    await sign(
      tokens,
      isNamed ? requireTenant(options.project ?? 'default', options.env ?? 'dev') : undefined,
    );
    return;
  }
  // Else reading the generated secrets would make others.
  if (tokens.kind === 'generated') await requireDataDir(dataDir);
  await withDatabase(config, log, async (database) => {
    const environments = createEnvironmentRepository(database);
    const environment = await getEnvironment(environments, options);
    const { tenant } = environment;
    const { sources } = tokenRulesOf(tenant, environment, await serviceTokens(config));
    const verification = sources[0]?.verification;
    if (verification?.kind !== 'secret') {
      throw new UsageError(
        `Tokens of ${tenant} are verified with the keys of another issuer (tokens.jwksUrl or JWT_JWKS_URL): only that issuer can sign one.`,
      );
    }
    await sign(verification, tenant);
  });
}

/** The environment of the options, or else the home environment. */
async function getEnvironment(environments: EnvironmentRepository, { project, env }: TokenOptions) {
  const home = await environments.findHome();
  if (project === undefined && env === undefined && home !== undefined) return home;
  const tenant: Tenant = requireTenant(project ?? 'default', env ?? 'dev');
  const found = await environments.find(tenant);
  if (found !== undefined) return found;
  throw new UsageError(
    `There is no environment ${tenant}; "bkend-storage environments create ${tenant}" creates it.`,
  );
}
