import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataPath, type Launch, launchFailure } from './launch.ts';
import { serverSettings } from './server-settings.ts';

export interface Administration {
  readonly launch: Launch;
  /** The cluster; no server runs on it. */
  readonly cluster: string;
}

/** The processes of a killed server are still ending. */
const passing = /pre-existing shared memory block/;
const patienceMs = 15_000;

/**
 * Runs statements as the superuser of a cluster, in a server that takes no connections and ends with them (PostgreSQL
 * documentation, "Options for Single-User Mode"). There is no other way to be its superuser.
 * @param statements without an empty line in any of them
 * @throws an error with PostgreSQL's complaint
 */
export async function administer(
  { launch, cluster }: Administration,
  statements: readonly string[],
): Promise<void> {
  const settings = Object.entries({ ...serverSettings, exit_on_error: 'on', log_min_messages: 'error' });
  const args = [
    ...['--single', '-j', '-D', dataPath(cluster)],
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    'postgres',
  ];
  const input = statements.map((statement) => `${statement};\n\n`).join('');
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const complaint = await run(launch, { args, input, cwd: cluster });
    if (complaint === undefined) return;
    if (!passing.test(complaint) || performance.now() > deadline) {
      const said = complaint.trim().replaceAll('\n', '; ');
      throw new Error(`The embedded PostgreSQL in ${cluster} could not be set up: ${said}`);
    }
    await sleep(100);
  }
}

/** @returns PostgreSQL's complaint; undefined without one */
async function run(
  launch: Launch,
  { args, input, cwd }: { readonly args: readonly string[]; readonly input: string; readonly cwd: string },
): Promise<string | undefined> {
  const child = launch('postgres', args, { cwd, stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = Promise.all([once(child, 'close'), child.stderr ? text(child.stderr) : '']);
  // A program that ends before it has read everything gives the reason on its standard error.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const [[code], complaint] = await ended.catch((error) => Promise.reject(launchFailure(error)));
  return code === 0 ? undefined : complaint || `It ended with exit code ${code}.`;
}
