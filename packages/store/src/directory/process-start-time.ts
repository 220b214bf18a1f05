import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, in whatever form the system tells it; undefined when there is no such process. Together with the
 * pid it names one process for ever: the system reuses a pid alone sooner or later, after a reboot sooner.
 */
export function findProcessStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') return readProcStat(pid);
  if (process.platform === 'win32') return isRunning(pid) ? 'running' : undefined;
  return askPs(pid);
}

/** proc_pid_stat(5): field 3 is the state, field 22 the start in ticks since boot. Field 2, a name, may contain anything. */
function readProcStat(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    if (state === 'Z' || state === 'X') return undefined;
    // The beginning of the boot's id is enough to tell it from the last one.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function askPs(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return started.trim() || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
