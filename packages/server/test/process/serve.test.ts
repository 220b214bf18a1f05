import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { isRunning } from '../../../test-support/src/process/is-running.ts';
import { binary, runCommand } from '../../../test-support/src/process/run-command.ts';
import {
  type RunningService,
  type ServiceProcess,
  startService,
} from '../../../test-support/src/service/start-service.ts';

let directory: string;
let service: RunningService | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-serve-'));
});
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  service = undefined;
  await rm(directory, { recursive: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  service = await startService({ dataDir: directory, env });
  // All roles answer a moment before the banner is printed.
  await eventually('the banner', async () => /is ready/.test((await service?.output()) ?? '') || undefined);
  return service;
}

function stillRunning(processes: readonly ServiceProcess[]): readonly ServiceProcess[] {
  return processes.filter(({ pid }) => isRunning(pid));
}

function roleOf(processes: readonly ServiceProcess[], role: string): ServiceProcess {
  const found = processes.find(({ command }) => command.includes(`--only ${role}`));
  if (found === undefined) throw new Error(`no process runs ${role}`);
  return found;
}

describe('bkend-storage serve', () => {
  it('shows its keys on the first start only, and leaves no process behind', async () => {
    const first = await start();
    const processes = await first.processes();
    expect(await first.output()).toMatch(/pk_[0-9a-f]{64}.*sk_[0-9a-f]{64}/s);
    expect(await first.stop()).toBe(0);
    expect(stillRunning(processes)).toEqual([]);
    const second = await start();
    expect(await second.output()).not.toMatch(/[ps]k_[0-9a-f]{64}/);
    expect(await second.output()).toContain(second.apiUrl);
  });

  it('prints commands that upload an image when they are run in a shell', async () => {
    const { output } = await start();
    const printed = (await output()).split(/^\d\. .*$/m).slice(1);
    expect(printed).toHaveLength(3);
    const shell = spawn('bash', ['-e'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let answer = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    shell.stdin.end(printed.join('\n').replace(/^\{.*$/gm, ''));
    await once(shell, 'close');
    const url = answer.trim().split('\n').at(-1) ?? '';
    const image = await fetch(url);
    expect(image.status).toBe(200);
    expect(image.headers.get('content-type')).toMatch(/^image\//);
  });

  it('refuses to start twice on one data directory', async () => {
    const { env, pid } = await start();
    const { code, stderr } = await runCommand(['serve'], env);
    expect(code).toBe(2);
    expect(stderr).toContain(`already runs on ${directory}, as process ${pid}`);
  });

  it('refuses to start, naming the file, when a named pipe is in place of a file of its own', async () => {
    const path = join(directory, 'secrets.json');
    execFileSync('mkfifo', [path]);
    const { code, stderr } = await runCommand(['serve'], {
      PATH: process.env.PATH,
      BKEND_DATA_DIR: directory,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`${path} is a named pipe, not a regular file.`);
  });

  it('starts a killed role again', async () => {
    const running = await start();
    const killed = roleOf(await running.processes(), 'images');
    process.kill(killed.pid, 'SIGKILL');
    await eventually('another process runs images', async () => {
      const now = (await running.processes()).find(({ command }) => command.includes('--only images'));
      return (now && now.pid !== killed.pid) || undefined;
    });
    await eventually(
      'images answers',
      async () => (await fetch(`${running.imagesUrl}/health/ready`).catch(() => undefined))?.ok || undefined,
    );
  });

  it('starts the database again with everything in it when its process is killed', async () => {
    const running = await start();
    const { key } = await createKey(running.env);
    process.kill(roleOf(await running.processes(), 'database').pid, 'SIGKILL');
    const answer = await eventually(
      'the API answers again',
      async () => {
        const answer = await fetch(`${running.apiUrl}/v1/usage`, { headers: { 'X-API-Key': key } });
        return answer.status < 500 ? answer : undefined;
      },
      { withinSeconds: 30 },
    );
    expect(answer.status).toBe(200);
  });

  it('starts again at once after its supervisor was killed', async () => {
    const first = await start();
    const { key } = await createKey(first.env);
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    const answer = await fetch(`${second.apiUrl}/v1/usage`, { headers: { 'X-API-Key': key } });
    expect(answer.status).toBe(200);
  });

  it('starts again after its supervisor was killed during an upload that never ends', async () => {
    // A start that waited for the upload would fail.
    const first = await start({ BKEND_SHUTDOWN_GRACE_SECONDS: '600' });
    const { key } = await createKey(first.env);
    const answer = await fetch(`${first.apiUrl}/v1/files/presigned-url`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        filename: 'a.bin',
        contentType: 'application/octet-stream',
        fileSize: 1_000_000,
      }),
    });
    const { url } = (await answer.json()) as { url: string };
    const put = request(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': 1_000_000 },
    });
    put.on('error', () => {});
    await new Promise((resolve) => put.write(Buffer.alloc(500_000), resolve));
    const processes = await first.processes();
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    expect((await fetch(`${second.apiUrl}/health/ready`)).status).toBe(200);
    expect(stillRunning(processes)).toEqual([]);
    put.destroy();
  });

  it('leaves nothing running when the supervisor is killed', async () => {
    const running = await start();
    const processes = await running.processes();
    process.kill(running.pid, 'SIGKILL');
    await eventually('all are gone', () => stillRunning(processes).length === 0 || undefined, {
      withinSeconds: 30,
    });
  });

  it('stops in order at a Ctrl-C, which a terminal sends to every process at once', async () => {
    const ports = await findFreePorts(4);
    const child = spawn(process.execPath, [binary, 'serve'], {
      env: {
        PATH: process.env.PATH,
        BKEND_DATA_DIR: directory,
        BKEND_API_PORT: `${ports[0]}`,
        BKEND_OBJECTS_PORT: `${ports[1]}`,
        BKEND_IMAGES_PORT: `${ports[2]}`,
        BKEND_CONSOLE_PORT: `${ports[3]}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await once(child.stdout, 'data');
    const closed = once(child, 'close');
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
    expect(await closed).toEqual([0, null]);
    expect(log).not.toMatch(/"level":"(?:error|fatal)"/);
    expect(log).toMatch(/"graceSeconds":30,"msg":"stopping/);
  });

  it('ends with an error that names the port that is taken', async () => {
    const [port] = await findFreePorts(1);
    const thief = createServer().listen(port, '127.0.0.1');
    await once(thief, 'listening');
    const [api, objects, images, console] = [port, ...(await findFreePorts(3))];
    try {
      const { code, stderr } = await runCommand(['serve'], {
        PATH: process.env.PATH,
        BKEND_DATA_DIR: directory,
        BKEND_API_PORT: `${api}`,
        BKEND_OBJECTS_PORT: `${objects}`,
        BKEND_IMAGES_PORT: `${images}`,
        BKEND_CONSOLE_PORT: `${console}`,
      });
      expect(code).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(
        new RegExp(`^The api role cannot listen on port ${port} of 127.0.0.1: something else listens there.`),
      );
    } finally {
      thief.close();
    }
  });
});

async function createKey(env: Readonly<Record<string, string>>): Promise<{ key: string }> {
  const { stdout } = await runCommand(['keys', 'create', '--type', 'secret', '--json'], env);
  return JSON.parse(stdout);
}
