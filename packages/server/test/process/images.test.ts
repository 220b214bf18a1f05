import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endlessSvgs } from '../images/hostile.ts';
import { photograph, scenery } from '../images/pictures.ts';
import type { Client } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningService, type ServiceProcess, startService } from '../support/service.ts';
import { createTenant } from '../support/tenant.ts';
import { uploadFile } from '../support/uploads.ts';

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

async function processOf(words: string): Promise<ServiceProcess | undefined> {
  return (await service.processes()).find(({ command }) => command.includes(words));
}

describe('the process that makes pictures', () => {
  it('is started again when it is killed at work; the API goes on, and later requests are answered', async () => {
    const path = await publish(await photograph(3000, 2000), 'image/jpeg');
    const before = await processOf('--only images');
    let width = 600;
    const asked = Array.from({ length: 12 }, () => get(`/${width++}x700/filters:format(avif)${path}`));
    await eventually('pictures are being made', async () => {
      const text = await (await fetch(`${service.operationsUrls.images}/metrics`)).text();
      return /^bkend_image_work_running\S* [1-9]/m.test(text) || undefined;
    });
    process.kill(before?.pid ?? Number.NaN, 'SIGKILL');
    const cutOff = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
    expect(cutOff.length).toBeGreaterThan(0);
    // While it is away.
    expect(await alice.ask('GET', '/v1/files?limit=1')).toBeTruthy();
    const answer = await eventually(
      'the same picture is made',
      async () => {
        const again = await get(`/600x700/filters:format(avif)${path}`).catch(() => undefined);
        return again?.ok ? again : undefined;
      },
      { withinSeconds: 30 },
    );
    expect(answer.headers.get('content-type')).toBe('image/avif');
    expect((await processOf('--only images'))?.pid).not.toBe(before?.pid);
  });

  it('lives on when a drawing has to be ended, and leaves no process of it behind', async () => {
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
    await eventually('it is gone with the process it worked for', () => !isRunning(drawer?.pid) || undefined);
  });
});

function isRunning(pid = Number.NaN): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
