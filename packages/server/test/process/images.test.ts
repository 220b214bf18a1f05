import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { isRunning } from '../../../test-support/src/process/is-running.ts';
import {
  type RunningService,
  type ServiceProcess,
  startService,
} from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { endlessSvgs } from '../images/hostile.ts';
import { photograph, scenery } from '../images/sample-images.ts';

let service: RunningService;
let alice: Client;
beforeAll(async () => {
  service = await startService();
  alice = await (await createTenant(service)).user('alice');
});
afterAll(() => service[Symbol.asyncDispose]());

async function publish(bytes: Buffer, mimeType: string): Promise<string> {
  const file = { bytes: new Uint8Array(bytes), originalName: 'a', mimeType, visibility: 'public' } as const;
  const { url } = await uploadFile(alice, file);
  return new URL(url ?? '').pathname;
}

const get = (path: string) => fetch(`${service.imagesUrl}${path}`);

async function processOf(part: string): Promise<ServiceProcess | undefined> {
  return (await service.processes()).find(({ command }) => command.includes(part));
}

describe('the images role', () => {
  it('is restarted when it is killed during a rendition; the API goes on, and later requests are answered', async () => {
    const path = await publish(await photograph(3000, 2000), 'image/jpeg');
    const before = await processOf('--only images');
    let width = 600;
    const asked = Array.from({ length: 12 }, () => get(`/${width++}x700/filters:format(avif)${path}`));
    await eventually('renditions are in progress', async () => {
      const text = await (await fetch(`${service.operationsUrls.images}/metrics`)).text();
      return /^bkend_image_work_running\S* [1-9]/m.test(text) || undefined;
    });
    process.kill(before?.pid ?? Number.NaN, 'SIGKILL');
    const cutOff = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
    expect(cutOff.length).toBeGreaterThan(0);
    // Before the restart.
    expect(await alice.ask('GET', '/v1/files?limit=1')).toBeTruthy();
    const answer = await eventually(
      'the same rendition is served',
      async () => {
        const again = await get(`/600x700/filters:format(avif)${path}`).catch(() => undefined);
        return again?.ok ? again : undefined;
      },
      { withinSeconds: 30 },
    );
    expect(answer.headers.get('content-type')).toBe('image/avif');
    expect((await processOf('--only images'))?.pid).not.toBe(before?.pid);
  });

  it('survives an SVG that is ended at its budget, and leaves no process of it behind', async () => {
    const drawing = await publish(endlessSvgs()['letters upon letters'] ?? Buffer.alloc(0), 'image/svg+xml');
    const before = await processOf('--only images');
    const refused = await get(`/50x50${drawing}`);
    expect(refused.status).toBe(400);
    const other = await get(`/50x${await publish(scenery(), 'image/svg+xml')}`);
    expect(other.headers.get('content-type')).toBe('image/png');
    expect((await processOf('--only images'))?.pid).toBe(before?.pid);
    const drawer = await processOf('renderer-process');
    expect(drawer).toBeDefined();
    process.kill(before?.pid ?? Number.NaN, 'SIGKILL');
    await eventually(
      'it is gone with the process it worked for',
      () => !isRunning(drawer?.pid ?? Number.NaN) || undefined,
    );
  });
});
