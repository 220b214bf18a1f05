import { type ChildProcess, spawn } from 'node:child_process';
import { type Confinement, confinedSurroundings, findConfinement } from './find-confinement.ts';

export interface ConfinedOptions {
  /** The JavaScript file to run. */
  readonly file: string;
  readonly args?: readonly string[];
  /** Private writable memory of the process; an allocation beyond it fails, which ends a process sooner or later. */
  readonly maxMemoryBytes: number;
}

const found = new Map<string, Promise<Confinement>>();

/**
 * Starts a Node process for untrusted bytes, with a channel for messages (`serialization: 'advanced'`) and standard
 * error of ours. It gets nothing of our environment, no folder, no network, a limit for its memory, no new privileges, and as
 * root another user; where the system does not allow one of these, it starts without and the process emits one warning.
 */
export async function startConfined(options: ConfinedOptions): Promise<ChildProcess> {
  const { words } = await confinementFor(options);
  const command = [...words, process.execPath, options.file, ...(options.args ?? [])];
  const [program = '', ...args] = command;
  return spawn(program, args, {
    ...confinedSurroundings,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Determined once for each program: the answer does not change while this process runs. */
function confinementFor({ file, maxMemoryBytes }: ConfinedOptions): Promise<Confinement> {
  const name = `${file}\n${maxMemoryBytes}`;
  const known = found.get(name);
  if (known) return known;
  const looking = findConfinement({ maxMemoryBytes, readable: file });
  found.set(name, looking);
  // A failure is that of the start that waits for it; the next start looks again.
  looking.then(warnOfMissing, () => found.delete(name));
  return looking;
}

function warnOfMissing({ missing }: Confinement): void {
  if (missing.length === 0 || process.platform !== 'linux') return;
  process.emitWarning(
    `Processes for untrusted bytes run without these shields, which this system does not allow: ${missing.join(', ')}.`,
    'ConfinementWarning',
  );
}
