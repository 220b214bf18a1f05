import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyStore } from '../src/verify/verify-store.ts';
import { sendSigned } from './running-store.ts';
import { spawnStore } from './spawn-store.ts';

it('verifying a store that another process writes to reports nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-verify-'));
  const store = await spawnStore(directory);
  const endpoint = store.endpoint ?? '';
  const bodies = ['small', 'x'.repeat(100_000)];
  let isOver = false;
  const write = async (worker: number) => {
    for (let i = 0; !isOver; i++) {
      const path = `/bucket/${worker}/${i % 5}`;
      await sendSigned(endpoint, new Date(), { method: 'PUT', path, body: bodies[i % 2] ?? '' });
      if (i % 3 === 0) await sendSigned(endpoint, new Date(), { method: 'DELETE', path });
    }
  };
  const writers = [0, 1, 2, 3].map(write);
  const findings: unknown[] = [];
  for (let round = 0; round < 50 && findings.length === 0; round++) {
    await verifyStore({ directory, repair: false, onFinding: (found) => findings.push(found) });
  }
  isOver = true;
  await Promise.all(writers);
  await store.kill();
  await rm(directory, { recursive: true });
  expect(findings).toEqual([]);
});
