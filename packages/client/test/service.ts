import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultProxy } from './fault-proxy.ts';

const program = fileURLToPath(new URL('../../server/bin/bkend-storage.js', import.meta.url));
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
}

export async function startService(): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-client-'));
  const [api, objects] = [await FaultProxy.start(), await FaultProxy.start()];
  const [apiPort, objectsPort, imagesPort] = await freePorts(3);
  const child = spawn(process.execPath, [program, 'serve'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      BKEND_DATA_DIR: join(directory, 'data'),
      BKEND_API_PORT: `${apiPort}`,
      BKEND_OBJECTS_PORT: `${objectsPort}`,
      BKEND_IMAGES_PORT: `${imagesPort}`,
      BKEND_OBJECTS_URL: objects.url,
      BKEND_RATE_LIMIT: '0',
      JWT_SECRET: jwtSecret,
      LOG_LEVEL: 'warn',
    },
  });
  const printed = await readUntil(child, /sk_[0-9a-f]{64}/);
  api.passTo(apiPort ?? 0);
  objects.passTo(objectsPort ?? 0);
  return {
    api,
    objects,
    imagesUrl: `http://127.0.0.1:${imagesPort}`,
    publishableKey: /pk_[0-9a-f]{64}/.exec(printed)?.[0] ?? '',
    secretKey: /sk_[0-9a-f]{64}/.exec(printed)?.[0] ?? '',
    directory,
    async [Symbol.asyncDispose]() {
      await Promise.all([api[Symbol.asyncDispose](), objects[Symbol.asyncDispose]()]);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
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

async function readUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    printed += chunk;
    if (pattern.test(printed)) {
      child.stdout?.resume();
      return printed;
    }
  }
  throw new Error(`The service ended before it was ready:\n${printed}`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  // A server that listens on TCP has such an address.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
