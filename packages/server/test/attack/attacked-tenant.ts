import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import type { ServiceAddresses } from '../../../test-support/src/service/start-service.ts';
import { createKey, type ShownKey } from '../../../test-support/src/tenant/tenant.ts';
import { signToken } from './sign-token.ts';

/** An environment with a token secret of its own, and each kind of caller in it. */
export interface AttackedTenant {
  /** `PROJECT/ENV`. */
  readonly environment: string;
  readonly publishable: ShownKey;
  readonly secret: ShownKey;
  readonly guest: Client;
  readonly admin: Client;
  user(userId: string): Client;
  /** A user whose token has the admin role. */
  adminUser(userId: string): Client;
  /** A token (HS256) of exactly these claims, beside `iat` and `exp`; undefined leaves one out. */
  sign(claims: Readonly<Record<string, unknown>>): string;
}

export interface AttackedTenantOptions {
  readonly service?: ServiceAddresses;
  readonly project?: string;
  readonly env?: string;
  /** Secret that signs its tokens. */
  readonly tokenSecret?: string;
}

/** Makes an environment in the service under attack. */
export async function createAttackedTenant(options: AttackedTenantOptions = {}): Promise<AttackedTenant> {
  const {
    service = inject('service'),
    project = `a${randomBytes(6).toString('hex')}`,
    env = 'dev',
    tokenSecret = randomBytes(32).toString('hex'),
  } = options;
  const environment = `${project}/${env}`;
  const words = ['--project', project, '--env', env];
  const publishable = await createKey(['--type', 'publishable', ...words], service);
  const secret = await createKey(['--type', 'secret', ...words], service);
  const tokens = `tokens=${JSON.stringify({ secret: tokenSecret })}`;
  const { code, stderr } = await runCommand(['environments', 'set', environment, tokens], service.env);
  if (code !== 0) throw new Error(`environments set ended with ${code}: ${stderr}`);
  const sign: AttackedTenant['sign'] = (claims) => signToken(tokenSecret, { environment, ...claims });
  const call = (key: ShownKey, token?: string) =>
    createClient(service.apiUrl, {
      'X-API-Key': key.key,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    });
  return {
    environment,
    publishable,
    secret,
    sign,
    guest: call(publishable),
    admin: call(secret),
    user: (userId) => call(publishable, sign({ sub: userId })),
    adminUser: (userId) => call(publishable, sign({ sub: userId, role: 'admin' })),
  };
}
