import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealthHandler } from './health-handler.ts';
import type { Check } from './readiness.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(checks: Record<string, Check>): Promise<string> {
  const handle = createHealthHandler({ checks, newRequestId: () => 'request-1' });
  const listening = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end('the role');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this form.
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const works: Check = async () => {};
const fails: Check = async () => {
  throw new Error('postgres://secret');
};

describe('createHealthHandler', () => {
  it('is live whatever its parts do', async () => {
    const url = await serve({ database: fails });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('is ready when every part is', async () => {
    const answer = await fetch(`${await serve({ database: works, objects: works })}/health/ready`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ready' });
  });

  it('names the parts that fail and tells nothing else about them', async () => {
    const answer = await fetch(`${await serve({ objects: works, database: fails })}/health/ready`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'unavailable', failing: ['database'] });
  });

  it('looks at its parts once for all who ask within a second', async () => {
    let looks = 0;
    const url = await serve({
      database: async () => {
        looks += 1;
      },
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/health/ready`)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(looks).toBeLessThanOrEqual(2);
  });

  it('leaves everything else to the role', async () => {
    const url = await serve({});
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('the role');
    expect(await (await fetch(`${url}/toString`)).text()).toBe('the role');
    expect((await fetch(`${url}/health/live`, { method: 'POST' })).status).toBe(405);
  });
});
