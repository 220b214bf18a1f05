import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const namePattern = /^\.bkend-([0-9a-f]{16})-(\d{1,10})-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

/** A new name of a partial download: that of this process, and random. */
export function partialName(): string {
  return `.bkend-${processSpace()}-${process.pid}-${randomUUID()}.part`;
}

/**
 * Whether a process of this machine gave a partial download this name, and has ended. A process of another machine or container, which
 * may share the folder, counts as alive; so does one whose pid another process has by now.
 */
export function isOfDeadProcess(name: string): boolean {
  const [, space, pid] = namePattern.exec(name) ?? [];
  return space === processSpace() && !isAlive(Number(pid));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

let space: string | undefined;

/** Names the pids that this process sees: those of its machine, and of its container. */
function processSpace(): string {
  space ??= createHash('sha256')
    .update(JSON.stringify([hostname(), machineId(), pidNamespace()]))
    .digest('hex')
    .slice(0, 16);
  return space;
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8');
  } catch {
    return '';
  }
}

/** Linux: pid_namespaces(7). */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
