import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { signAccessToken } from '../../../server/src/identity/access-token.ts';
import { type Client, createClient } from '../api/client.ts';
import { operate } from '../process/operate.ts';
import type { ServiceAddresses } from '../service/start-service.ts';

export interface ShownKey {
  readonly id: string;
  readonly key: string;
  readonly type: 'publishable' | 'secret';
}

/** A tenant of one suite, with each kind of caller. */
export interface Tenant {
  readonly project: string;
  /** `PROJECT/dev`, as tokens name it. */
  readonly environment: `${string}/${string}`;
  readonly publishable: ShownKey;
  readonly secret: ShownKey;
  readonly guest: Client;
  readonly admin: Client;
  user(userId: string): Promise<Client>;
  /** A user whose token has the admin role. */
  adminUser(userId: string): Promise<Client>;
  /** The secret key, together with this user's token. */
  adminFor(userId: string): Promise<Client>;
}

/** Makes a project with its two keys in the service of this test run, or in another one. */
export async function createTenant(service: ServiceAddresses = inject('service')): Promise<Tenant> {
  const project = `t${randomBytes(6).toString('hex')}`;
  const environment = `${project}/dev` as const;
  const [publishable, secret] = await Promise.all([
    createKey(['--type', 'publishable', '--project', project], service),
    createKey(['--type', 'secret', '--project', project], service),
  ]);
  const call = (key: ShownKey, token?: string) =>
    createClient(service.apiUrl, {
      'X-API-Key': key.key,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    });
  return {
    project,
    environment,
    publishable,
    secret,
    guest: call(publishable),
    admin: call(secret),
    user: async (userId) => call(publishable, await signToken({ userId, environment }, service)),
    adminUser: async (userId) =>
      call(publishable, await signToken({ userId, environment, role: 'admin' }, service)),
    adminFor: async (userId) => call(secret, await signToken({ userId, environment }, service)),
  };
}

export function createKey(
  words: readonly string[],
  service: ServiceAddresses = inject('service'),
): Promise<ShownKey> {
  return operate<ShownKey>(['keys', 'create', ...words], service.env);
}

/** A token as an app's login would sign it with the service's secret. `expiresInSeconds` may be negative. */
export function signToken(
  claims: {
    userId: string;
    role?: string;
    environment?: Tenant['environment'];
    expiresInSeconds?: number;
  },
  service: ServiceAddresses = inject('service'),
): Promise<string> {
  const { JWT_SECRET: secret, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = service.env;
  if (secret === undefined) throw new Error('Set JWT_SECRET to the secret that the service verifies with.');
  return signAccessToken(
    {
      kind: 'secret',
      secret,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    },
    { expiresInSeconds: 3600, ...claims, at: new Date() },
  );
}
