import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Ledger, writeUntilGone } from './ledger.ts';
import { spawnStore } from './spawn-store.ts';

/**
 * Starts a store, lets six writers at it, kills it at a random moment, and again; each time, and at the end, everything that
 * was acknowledged must be there, byte for byte.
 *
 * @returns how many writes were acknowledged
 */
export async function killRepeatedly(
  dataDir: string,
  cycles: number,
  onCycle: (cycle: number, acknowledgements: number) => void = () => undefined,
): Promise<number> {
  const ledger = new Ledger();
  for (let cycle = 0; cycle <= cycles; cycle++) {
    const store = await spawnStore(dataDir);
    const endpoint = store.endpoint ?? '';
    try {
      // A new process has settled or removed all that was in doubt before it listens.
      assert.deepEqual(await readdir(join(dataDir, 'incoming')), []);
      await ledger.check(endpoint);
      if (cycle < cycles) {
        const writers = Array.from({ length: 6 }, (_, writer) => writeUntilGone(endpoint, ledger, writer));
        await pause(200 + Math.random() * 600);
        await store.kill();
        await Promise.all(writers);
      }
    } finally {
      await store.kill();
    }
    onCycle(cycle, ledger.acknowledgements);
  }
  return ledger.acknowledgements;
}
