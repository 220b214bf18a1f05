import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { isRunning } from '../../../test-support/src/process/is-running.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';

const fakeRole = join(import.meta.dirname, 'fake-role.js');
let directory: string;
let file: string;
let supervisor: Supervisor | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-supervisor-'));
  file = join(directory, 'events');
});
afterEach(async () => {
  await supervisor?.stop({ hurry: true });
  await rm(directory, { recursive: true });
});

interface Fake {
  readonly name: string;
  readonly habits?: readonly string[];
  readonly graceMs?: number;
}

function supervise(...stopOrder: (readonly Fake[])[]): Supervisor {
  return superviseWithDelay(0, stopOrder);
}

function superviseWithDelay(stopDelayMs: number, stopOrder: readonly (readonly Fake[])[]): Supervisor {
  supervisor = new Supervisor({
    stopDelayMs,
    stopOrder: stopOrder.map((group) =>
      group.map(({ name, habits = [], graceMs = 60_000 }) => ({
        name,
        graceMs,
        hurriedGraceMs: 0,
        fork: () =>
          fork(fakeRole, [name, file, ...habits], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
      })),
    ),
    log: createLogger({ level: 'silent', role: 'test' }),
  });
  return supervisor;
}

interface Happening {
  readonly name: string;
  readonly event: string;
  readonly pid: number;
}

async function happenings(name?: string): Promise<Happening[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return lines
    .map((line) => line.split(' '))
    .map(([who = '', event = '', pid]) => ({ name: who, event, pid: Number(pid) }))
    .filter((happening) => name === undefined || happening.name === name);
}

describe('Supervisor', () => {
  it('is ready when every role is', async () => {
    await supervise([{ name: 'api' }], [{ name: 'database' }]).ready();
    expect((await happenings()).map(({ name }) => name).sort()).toEqual(['api', 'database']);
  });

  it('stops one group after the other and leaves no process behind', async () => {
    const running = supervise(
      [{ name: 'api' }, { name: 'jobs' }],
      [{ name: 'objects' }],
      [{ name: 'database' }],
    );
    await running.ready();
    await running.stop();
    const all = await happenings();
    const stopped = all.filter(({ event }) => event === 'stop').map(({ name }) => name);
    expect(stopped.slice(0, 2).sort()).toEqual(['api', 'jobs']);
    expect(stopped.slice(2)).toEqual(['objects', 'database']);
    expect(all.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('starts a role again that was killed', async () => {
    await supervise([{ name: 'api' }]).ready();
    const [first] = await happenings('api');
    process.kill(first?.pid ?? 0, 'SIGKILL');
    const second = await eventually('a second start', async () => (await happenings('api'))[1]);
    expect(second.event).toBe('started');
    expect(second.pid).not.toBe(first?.pid);
  });

  it('starts a role again that dies before it is ready', async () => {
    await supervise([{ name: 'api', habits: ['dies-once'] }]).ready();
    expect(await happenings('api')).toHaveLength(2);
  });

  it('does not restart a role that has died three times before it was ready', async () => {
    const running = supervise([{ name: 'api', habits: ['dies'] }], [{ name: 'database' }]);
    await expect(running.ready()).rejects.toThrow('The api role ended with exit code 7; see the log.');
    expect(await happenings('api')).toHaveLength(3);
  });

  it('does not restart a role that reports why it cannot start', async () => {
    await expect(supervise([{ name: 'api', habits: ['refuses'] }]).ready()).rejects.toThrow(
      'port 1 is taken',
    );
    expect(await happenings('api')).toHaveLength(1);
  });

  it('has roles ignore the signals of a terminal', async () => {
    const running = supervise([{ name: 'api' }]);
    await running.ready();
    const [api] = await happenings('api');
    process.kill(api?.pid ?? 0, 'SIGINT');
    process.kill(api?.pid ?? 0, 'SIGTERM');
    expect(await running.ask('api')).toEqual({ answer: 42 });
  });

  it('kills a role that does not stop in its time', async () => {
    const running = supervise([{ name: 'api', habits: ['lingers'], graceMs: 50 }], [{ name: 'database' }]);
    await running.ready();
    await running.stop();
    expect((await happenings()).filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('announces a stop to every role, and stops none before the delay is over', async () => {
    const running = superviseWithDelay(300, [[{ name: 'api' }], [{ name: 'database' }]]);
    await running.ready();
    const startedAt = performance.now();
    await running.stop();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
    const events = (await happenings()).filter(({ event }) => event !== 'started');
    expect(events.map(({ event }) => event)).toEqual(['announced', 'announced', 'stop', 'stop']);
  });

  it('ends the delay before a stop when it is hurried', async () => {
    const running = superviseWithDelay(60_000, [[{ name: 'api' }]]);
    await running.ready();
    const stopped = running.stop();
    await eventually('the stop is announced', async () => (await happenings('api'))[1]);
    await running.stop({ hurry: true });
    await stopped;
    expect((await happenings()).filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('kills what still runs when it is stopped a second time, in a hurry', async () => {
    const running = supervise([{ name: 'api', habits: ['lingers'] }], [{ name: 'database' }]);
    await running.ready();
    const stopped = running.stop();
    await eventually('api is stopping', async () => (await happenings('api'))[1]);
    void running.stop({ hurry: true });
    await stopped;
    expect((await happenings()).filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('carries the answer of a role', async () => {
    const running = supervise([{ name: 'api' }]);
    await running.ready();
    expect(await running.ask('api')).toEqual({ answer: 42 });
    expect(await running.ask('absent')).toBeUndefined();
  });
});
