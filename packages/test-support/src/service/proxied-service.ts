import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { FaultProxy } from '../network/fault-proxy.ts';
import { eventually } from '../process/eventually.ts';
import { createTenant } from '../tenant/tenant.ts';
import { startOtherApi } from './start-other-api.ts';
import { type RunningService, startService } from './start-service.ts';

/** The real service, in processes of its own, behind one proxy for its API and one for its object store. */
export interface ProxiedService extends AsyncDisposable {
  readonly api: FaultProxy;
  readonly objects: FaultProxy;
  readonly imagesUrl: string;
  /** The environment that the keys and tokens are for. */
  readonly environment: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Empty and this suite's own; gone with the service. */
  readonly directory: string;
  /** The service itself, past the proxies. */
  readonly running: RunningService;
  /** An access token (HS256, RFC 7519). @param lifeSeconds may be negative: a token that has expired */
  accessToken(userId: string, lifeSeconds?: number): string;
}

export interface ProxiedServiceOptions {
  /** Settings beside those that every test needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** For tests that change what belongs to the whole installation, such as the CORS rules of its bucket. */
  readonly isAlone?: boolean;
}

/** Half the usual size: tests of uploads in parts send less. */
const partBytes = 8 * 2 ** 20;

/**
 * The service that runs for all suites, with a tenant of this suite's own and an API process of this worker's own; one of this
 * suite's own from the ground up where none runs, or where `env` or `isAlone` ask for it.
 */
export async function startProxiedService(options: ProxiedServiceOptions = {}): Promise<ProxiedService> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-client-'));
  const api = await FaultProxy.start();
  const isShared = inject('service') !== undefined && options.env === undefined && !options.isAlone;
  const { running, objects, dispose, ...tenant } = await (isShared
    ? joinService()
    : startAlone(options.env ?? {}));
  const { BKEND_API_PORT, JWT_SECRET = '' } = running.env;
  api.passTo(Number(BKEND_API_PORT));
  return {
    api,
    objects,
    directory,
    imagesUrl: running.imagesUrl,
    running,
    ...tenant,
    accessToken: (userId, lifeSeconds = 3600) =>
      signToken(
        { sub: userId, environment: tenant.environment, exp: Math.floor(Date.now() / 1000) + lifeSeconds },
        JWT_SECRET,
      ),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Started = Pick<
  ProxiedService,
  'running' | 'objects' | 'environment' | 'publishableKey' | 'secretKey'
> & {
  readonly dispose: () => Promise<void>;
};

interface ProxiedApi {
  readonly running: RunningService;
  readonly objects: FaultProxy;
}

let apiOfWorker: Promise<ProxiedApi> | undefined;

/** The API process of this worker, started by its first suite: a start costs 2 s of CPU. It ends with the worker. */
async function startApiOfWorker(): Promise<ProxiedApi> {
  const objects = await FaultProxy.start();
  const running = await startOtherApi(settingsBehind(objects));
  objects.passTo(Number(running.env.BKEND_OBJECTS_PORT));
  // Vitest ends a worker by this signal, upon which Node.js runs no exit handler.
  process.once('SIGTERM', () => {
    process.kill(running.pid, 'SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  });
  return { running, objects };
}

const settingsBehind = (objects: FaultProxy) => ({
  BKEND_OBJECTS_URL: objects.url,
  BKEND_MAX_PART_BYTES: String(partBytes),
  LOG_LEVEL: 'warn',
});

async function joinService(): Promise<Started> {
  apiOfWorker ??= startApiOfWorker();
  const [{ running, objects }, { environment, publishable, secret }] = await Promise.all([
    apiOfWorker,
    createTenant(),
  ]);
  const dispose = async () => {
    objects.hangUp();
    objects.calm();
  };
  return { running, objects, environment, publishableKey: publishable.key, secretKey: secret.key, dispose };
}

async function startAlone(env: Readonly<Record<string, string>>): Promise<Started> {
  const objects = await FaultProxy.start();
  const running = await startService({ env: { ...settingsBehind(objects), ...env } });
  objects.passTo(Number(running.env.BKEND_OBJECTS_PORT));
  // Printed on the first start, once everything is ready.
  const key = (type: 'pk' | 'sk') =>
    eventually(
      `the key ${type}_… is printed`,
      async () => new RegExp(`${type}_[0-9a-f]{64}`).exec(await running.output())?.[0],
    );
  return {
    running,
    objects,
    environment: 'default/dev',
    publishableKey: await key('pk'),
    secretKey: await key('sk'),
    async dispose() {
      await objects[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

function signToken(claims: object, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
