import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../server/test/support/eventually.ts';
import { type RunningService, startService as startProcesses } from '../../server/test/support/service.ts';
import { FaultProxy } from './fault-proxy.ts';

const jwtSecret = 'only the tests know this secret, and no others';

/** The real service, in processes of its own, behind one proxy for its API and one for its object store. */
export interface Service extends AsyncDisposable {
  readonly api: FaultProxy;
  readonly objects: FaultProxy;
  readonly imagesUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Empty and this test's own; gone with the service. */
  readonly directory: string;
  /** The service itself, past the proxies. */
  readonly running: RunningService;
}

export interface ServiceOptions {
  /** Settings beside those that the tests need. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startService({ env = {} }: ServiceOptions = {}): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-client-'));
  const [api, objects] = [await FaultProxy.start(), await FaultProxy.start()];
  const running = await startProcesses({
    env: { BKEND_OBJECTS_URL: objects.url, JWT_SECRET: jwtSecret, LOG_LEVEL: 'warn', ...env },
  });
  const key = async (type: 'pk' | 'sk') =>
    new RegExp(`${type}_[0-9a-f]{64}`).exec(await running.output())?.[0];
  api.passTo(Number(running.env.BKEND_API_PORT));
  objects.passTo(Number(running.env.BKEND_OBJECTS_PORT));
  return {
    api,
    objects,
    running,
    imagesUrl: running.imagesUrl,
    // Printed on the first start, once everything is ready.
    publishableKey: await eventually('the publishable key is printed', () => key('pk')),
    secretKey: await eventually('the secret key is printed', () => key('sk')),
    directory,
    async [Symbol.asyncDispose]() {
      await Promise.all([api[Symbol.asyncDispose](), objects[Symbol.asyncDispose]()]);
      await running[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** An access token (HS256, RFC 7519). @param lifeSeconds may be negative: a token that has died */
export function accessToken(userId: string, lifeSeconds = 3600): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: userId, iat: now - 7200, exp: now + lifeSeconds };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`;
}
