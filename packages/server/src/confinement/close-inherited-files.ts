import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** The flag of open(2) as `/proc/PID/fdinfo` shows it, in octal. */
const closeOnExec = 0o2000000;
/** Standard input, output and error, and the channel to the parent. */
const ownFiles = 4;

/**
 * Closes the files that this process has inherited from the parents of its parents: a lock of a shell, a socket of a service
 * manager. Node marks what it opens itself, and the first 16 files that it inherits, as not to be passed on (libuv,
 * `uv_disable_stdio_inheritance`); what is not so marked came from outside and would go on to every program that is started.
 * To be called at the start of a process whose file 3 is the channel to its parent. On Linux; elsewhere it does nothing.
 */
export function closeInheritedFiles(): void {
  for (const file of openFiles()) {
    if (file >= ownFiles && isInherited(file)) closeSync(file);
  }
}

function openFiles(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}

/** A file that is closed again by now was the list's own. */
function isInherited(file: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${file}`, 'latin1');
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false;
  }
}
