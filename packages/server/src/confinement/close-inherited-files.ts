import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** The flag of open(2) as `/proc/PID/fdinfo` shows it, in octal. */
const closeOnExec = 0o2000000;
/** Standard input, output and error, and the channel to the parent. */
const ownFiles = 4;

/**
 * Closes the files that this process has inherited from outside: a lock of a shell, a socket of a service manager. Node marks the
 * files it opens, and the first 16 that it inherits, close-on-exec (libuv, `uv_disable_stdio_inheritance`); an unmarked file came
 * from outside and would be inherited by every program that is started. Call it at the start of a process whose file 3 is the
 * channel to its parent. On Linux; elsewhere it does nothing.
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

/** A file that is closed by now was the descriptor of the listing itself. */
function isInherited(file: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${file}`, 'latin1');
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false;
  }
}
