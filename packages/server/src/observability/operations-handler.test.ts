import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRegistry } from './metrics.ts';
import { createOperationsHandler } from './operations-handler.ts';
import type { Check } from './readiness.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(checks: Record<string, Check>): Promise<string> {
  const handle = createOperationsHandler({ checks, registry: createRegistry('test') });
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

describe('createOperationsHandler', () => {
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

  it('shows the metrics of the process, labelled with the role', async () => {
    const answer = await fetch(`${await serve({})}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toMatch(/process_cpu_seconds_total\{role="test"\}/);
  });

  it('leaves everything else to the role', async () => {
    const url = await serve({});
    expect(await (await fetch(`${url}/metrics/x`)).text()).toBe('the role');
    expect(await (await fetch(`${url}/toString`)).text()).toBe('the role');
    expect(await (await fetch(`${url}/health/live`, { method: 'POST' })).text()).toBe('the role');
  });
});
