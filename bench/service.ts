import { readFile } from 'node:fs/promises';
import { findFreePorts } from '../packages/test-support/src/process/free-ports.ts';
import { readCommand } from '../packages/test-support/src/process/run-command.ts';
import {
  type RunningService,
  startService as startTestService,
} from '../packages/test-support/src/service/start-service.ts';

/** A whole service on free ports over a new data directory. */
export interface Service extends RunningService {
  readonly secretKey: string;
  /** Resident memory of one role's process, in bytes. */
  memoryOf(role: string): Promise<number>;
}

/** Starts the service as an operator would, logging only errors, and waits until it is ready. */
export async function startService(environment: Record<string, string> = {}): Promise<Service> {
  const running = await startTestService({ env: { LOG_LEVEL: 'error', ...environment } });
  const { key } = await readCommand<{ key: string }>(['keys', 'create', '--type', 'secret'], running.env);
  return {
    ...running,
    secretKey: key,
    async memoryOf(role) {
      const processes = await running.processes();
      const process = processes.find(({ command }) => command.includes(`--only ${role}`));
      if (process === undefined) throw new Error(`No process of role ${role} runs.`);
      const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  return port;
}
