import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Check, createHealth } from './health.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(checks: Record<string, Check>) {
  const health = createHealth({ checks, newRequestId: () => 'request-1' });
  const listening = createServer((request, response) => {
    if (!health.handle(request, response)) response.writeHead(404).end('the role');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this form.
  return { health, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
}

const works: Check = async () => {};
const fails: Check = async () => {
  throw new Error('postgres://secret');
};

describe('the health of a role', () => {
  it('is live while the process runs, even if its parts fail', async () => {
    const { url } = await serve({ database: fails });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('is ready when every part works', async () => {
    const { url } = await serve({ database: works, objects: works });
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ready' });
  });

  it('is 503 with the names of the failing parts, and without the reasons', async () => {
    const { url } = await serve({ objects: works, database: fails });
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'unavailable', failing: ['database'] });
  });

  it('runs the checks at most once a second, for all concurrent requests', async () => {
    let runs = 0;
    const { url } = await serve({
      database: async () => {
        runs += 1;
      },
    });
    const responses = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/health/ready`)));
    expect(responses.every(({ ok }) => ok)).toBe(true);
    expect(runs).toBeLessThanOrEqual(2);
  });

  it('is not ready, and still live, once the role is about to stop', async () => {
    const { url, health } = await serve({ database: works });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    health.announceStop();
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'stopping' });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('leaves other paths to the role, and refuses other methods', async () => {
    const { url } = await serve({});
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('the role');
    expect(await (await fetch(`${url}/toString`)).text()).toBe('the role');
    expect((await fetch(`${url}/health/live`, { method: 'POST' })).status).toBe(405);
  });
});
