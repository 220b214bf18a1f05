import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RequestReport } from '../src/http/exchange.ts';
import { connectRaw, requestText } from './raw-connection.ts';
import { startStore } from './running-store.ts';

/** More than the kernel keeps of a connection that is not read. */
const body = Buffer.alloc(8 * 2 ** 20, 7);
const requests = 5;

it('bytes that a lost client had asked for several times at once are purged when the object goes', async () => {
  const reports: RequestReport[] = [];
  await using store = await startStore({ onRequest: (report) => reports.push(report) });
  await store.send({ method: 'PUT', path: '/bucket/key', body });
  const blobs = async () => {
    const names = await readdir(join(store.dataDir, 'blobs'), { recursive: true });
    return names.filter((name) => /[0-9a-f]{32}$/.test(name));
  };
  expect(await blobs()).toHaveLength(1);

  const connection = await connectRaw(store.endpoint);
  const target = store.presign({ method: 'GET', path: '/bucket/key' }).slice(store.endpoint.length);
  for (let request = 0; request < requests; request++) {
    connection.write(requestText(store.endpoint, `GET ${target}`));
  }
  await connection.until(/200 OK/);
  connection.socket.destroy();
  await expect.poll(() => reports.filter(({ method }) => method === 'GET')).toHaveLength(requests);

  expect((await store.send({ method: 'DELETE', path: '/bucket/key' })).status).toBe(204);
  await expect.poll(blobs).toEqual([]);
});
