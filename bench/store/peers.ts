import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendSigned } from '../../packages/store/test/running-store.ts';
import { atExit } from '../../packages/test-support/src/process/at-exit.ts';
import { eventually } from '../../packages/test-support/src/process/eventually.ts';
import { findFreePorts } from '../../packages/test-support/src/process/free-ports.ts';
import { isOnPath } from '../on-path.ts';
import { credentials, type MeasuredStore } from './measured-store.ts';

interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface KnownPeer {
  readonly command: string;
  /** @param ports free ones, the first for S3 */
  readonly launch: (directory: string, ports: readonly number[]) => Promise<Launch> | Launch;
}

const { accessKeyId, secretAccessKey } = credentials;

/**
 * Each with its defaults, over a directory on the same disk; but all keep connections open and accept the bodies sent. The durability
 * of a PUT differs: ours is durable when it is answered.
 */
const knownPeers: readonly KnownPeer[] = [
  {
    command: 'minio',
    launch: (directory, [port]) => ({
      args: ['server', directory, '--quiet', '--address', `127.0.0.1:${port}`],
      env: { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey },
    }),
  },
  {
    command: 'versitygw',
    launch: (directory, [port]) => ({
      args: ['--quiet', '--keep-alive', '--port', `127.0.0.1:${port}`, 'posix', directory],
      env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    }),
  },
  { command: 'weed', launch: launchSeaweed },
];

async function launchSeaweed(directory: string, ports: readonly number[]): Promise<Launch> {
  const config = join(directory, 's3.json');
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging'];
  const identity = { name: 'bench', credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }] };
  await writeFile(config, JSON.stringify({ identities: [{ ...identity, actions }] }));
  const listeners = ['s3', 'master', 'volume', 'filer'].flatMap((name) => [
    `${name}.port`,
    `${name}.port.grpc`,
  ]);
  const listening = listeners.map((name, at) => `-${name}=${ports[at]}`);
  const flags = [`-dir=${directory}`, '-ip=127.0.0.1', '-volume.max=100'];
  return { args: ['server', '-s3', `-s3.config=${config}`, ...flags, ...listening] };
}

const portsEach = 8;

/** Runs the peers that are on the PATH, one after the other, each while it is measured, with the bucket `bucket`. */
export async function forEachPeer(
  directory: string,
  measure: (peer: MeasuredStore) => Promise<void>,
): Promise<void> {
  for (const { command, launch } of knownPeers) {
    if (!(await isOnPath(command))) continue;
    const data = join(directory, command);
    await mkdir(data);
    const ports = await findFreePorts(portsEach);
    const { args, env } = await launch(data, ports);
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd: data, stdio: 'ignore' });
    child.once(
      'exit',
      atExit(() => child.kill('SIGKILL')),
    );
    try {
      const endpoint = `http://127.0.0.1:${ports[0]}`;
      await eventually(`${command} has a bucket`, () => makeBucket(endpoint), { withinSeconds: 60 });
      await measure({ name: command, endpoint, pid: child.pid });
    } finally {
      await end(child);
      await rm(data, { recursive: true });
    }
  }
}

async function makeBucket(endpoint: string): Promise<true | undefined> {
  const made = sendSigned(endpoint, new Date(), { method: 'PUT', path: '/bucket' });
  const { status } = await made.catch(() => ({ status: 0 }));
  return status === 200 || undefined;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || !child.kill('SIGTERM')) return;
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await once(child, 'exit');
  clearTimeout(impatience);
}
