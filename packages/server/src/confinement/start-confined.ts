import { type ChildProcess, spawn } from 'node:child_process';
import { type Confinement, confinedOptions, findConfinement } from './find-confinement.ts';

export interface ConfinedOptions {
  /** The JavaScript file to run. */
  readonly file: string;
  readonly args?: readonly string[];
  /** Private writable memory of the process; an allocation beyond it fails, which ends most processes. */
  readonly maxMemoryBytes: number;
}

const found = new Map<string, Promise<Confinement>>();

/**
 * Starts a Node process for untrusted bytes, with a channel for messages (`serialization: 'advanced'`) and our standard error. It
 * gets none of our environment variables and folders, no network, a memory limit, no new privileges, and as root another user. A
 * restriction that the system does not allow is left out, with one warning, which the log of the role shows.
 */
export async function startConfined(options: ConfinedOptions): Promise<ChildProcess> {
  const { prefix } = await confinementFor(options);
  const command = [...prefix, process.execPath, options.file, ...(options.args ?? [])];
  const [program = '', ...args] = command;
  return spawn(program, args, {
    ...confinedOptions,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Finds the confinement once for each program: it does not change while this process runs. */
function confinementFor({ file, maxMemoryBytes }: ConfinedOptions): Promise<Confinement> {
  const name = `${file}\n${maxMemoryBytes}`;
  const known = found.get(name);
  if (known) return known;
  const looking = findConfinement({ maxMemoryBytes, readable: file });
  found.set(name, looking);
  // A failure rejects the start that waits for it; the next start tries again.
  looking.then(warnOfMissing, () => found.delete(name));
  return looking;
}

function warnOfMissing({ missing }: Confinement): void {
  if (missing.length === 0 || process.platform !== 'linux') return;
  process.emitWarning(
    `Processes for untrusted bytes run without these restrictions, which this system does not allow: ${missing.join(', ')}.`,
    'ConfinementWarning',
  );
}
