import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readSecrets } from '../packages/server/src/data-dir/secrets.ts';
import { findEmbeddedDatabaseUrl } from '../packages/server/src/postgres/embedded/find-embedded-database.ts';
import type { BareFlowOptions } from './bare-flow.ts';
import type { Result } from './result.ts';
import { freePort, type Service, startService } from './service.ts';

const clients = 32;
const secondsARound = 4;
const rounds = 4;
const bytes = Buffer.alloc(4096, 7);
const target = 0.7;
/** Warm-up: both sides have compiled their code by then. Without it the yardstick, which has less code, would be ahead. */
const warmUpFiles = 5_000;
const warmUpSeconds = 60;

/** The requests that bring one file into the service. */
type Flow = (agent: Agent) => Promise<void>;

/**
 * Small files through the whole flow: presign, PUT, register. Compared with bare routes that send the same statements and request
 * the same copy, and a bare PUT that is synced; and with each half of that alone.
 */
export async function benchFlow(): Promise<Result[]> {
  await using service = await startService();
  await using yardstick = await startYardstick(service);
  const flows = {
    ours: flowOf({
      presign: `${service.apiUrl}/v1/files/presigned-url`,
      register: `${service.apiUrl}/v1/files`,
      key: service.secretKey,
    }),
    bare: yardstick.flow(''),
    database: yardstick.flow('database'),
    storage: yardstick.flow('storage'),
  };
  const rates: Record<keyof typeof flows, number[]> = { ours: [], bare: [], database: [], storage: [] };
  for (const flow of Object.values(flows)) await measure(flow, warmUpSeconds, warmUpFiles);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['ours', 'bare', 'database', 'storage'] as const) {
      rates[name].push(await measure(flows[name], secondsARound));
    }
  }
  const ours = median(rates.ours);
  const compare = (name: string, yardstick: number, wanted?: number): Result => ({
    name,
    ours,
    yardstick,
    unit: 'files/s',
    ratio: ours / yardstick,
    ...(wanted !== undefined && { target: wanted }),
    holds: wanted === undefined || ours / yardstick >= wanted,
  });
  return [
    compare(
      'presign, PUT 4 KiB, register, 32 clients / bare routes, same SQL and copy',
      median(rates.bare),
      target,
    ),
    compare('  the same / its statements alone', median(rates.database)),
    compare('  the same / its bytes alone: synced PUT and copy', median(rates.storage)),
  ];
}

interface Addresses {
  readonly presign: string;
  readonly register: string;
  readonly key: string;
  /** Whether bytes are sent. */
  readonly sendsBytes?: boolean;
}

function flowOf({ presign, register, key, sendsBytes = true }: Addresses): Flow {
  const headers = { 'Content-Type': 'application/json', 'X-API-Key': key };
  const asked = JSON.stringify({
    key: '',
    filename: 'photo.jpg',
    contentType: 'image/jpeg',
    fileSize: bytes.length,
  });
  return async (agent) => {
    const presigned = JSON.parse(await send(agent, presign, { method: 'POST', headers, body: asked }));
    if (sendsBytes) {
      const type = { 'Content-Type': 'image/jpeg' };
      await send(agent, presigned.url, { method: 'PUT', headers: type, body: bytes });
    }
    const registration = {
      s3Key: presigned.key,
      originalName: 'photo.jpg',
      mimeType: 'image/jpeg',
      size: bytes.length,
    };
    const body = JSON.stringify(register.includes('/v1/') ? registration : { key: presigned.key });
    await send(agent, register, { method: 'POST', headers, body });
  };
}

async function send(
  agent: Agent,
  url: string,
  sent: { method: string; headers: Record<string, string>; body: string | Buffer },
): Promise<string> {
  const { method, headers, body } = sent;
  const length = { 'Content-Length': Buffer.byteLength(body) };
  const outgoing = request(url, { agent, method, headers: { ...headers, ...length } });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const answer = await text(response);
  if (response.statusCode >= 300) throw new Error(`${method} ${url} → ${response.statusCode} ${answer}`);
  return answer;
}

/** Files per second through the whole flow of the service. */
export function measureFlow(
  { apiUrl, secretKey }: Pick<Service, 'apiUrl' | 'secretKey'>,
  seconds: number,
): Promise<number> {
  const flow = flowOf({
    presign: `${apiUrl}/v1/files/presigned-url`,
    register: `${apiUrl}/v1/files`,
    key: secretKey,
  });
  return measure(flow, seconds);
}

/** Files per second, from clients that each send one file after the other. */
async function measure(flow: Flow, seconds: number, maxFiles = Number.POSITIVE_INFINITY): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  let done = 0;
  const work = async () => {
    while (performance.now() < start + seconds * 1000 && done < maxFiles) {
      await flow(agent);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  agent.destroy();
  return (done * 1000) / (performance.now() - start);
}

async function startYardstick(service: Service) {
  const databaseUrl = await findEmbeddedDatabaseUrl(service.dataDir);
  if (databaseUrl === undefined) throw new Error('The embedded database does not run.');
  const { storeCredentials } = await readSecrets(service.dataDir);
  const ports = { api: await freePort(), objects: await freePort() };
  const options: BareFlowOptions = {
    databaseUrl,
    directory: join(service.dataDir, 'objects', 'bare'),
    store: { endpoint: service.objectsUrl, bucket: 'bkend', ...storeCredentials },
    ports,
  };
  const child = fork(fileURLToPath(new URL('./bare-flow.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx'],
  });
  await once(child, 'message');
  return {
    flow: (parts: '' | 'database' | 'storage') =>
      flowOf({
        presign: `http://127.0.0.1:${ports.api}/presign?parts=${parts}`,
        register: `http://127.0.0.1:${ports.api}/register?parts=${parts}`,
        key: '',
        sendsBytes: parts !== 'database',
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
