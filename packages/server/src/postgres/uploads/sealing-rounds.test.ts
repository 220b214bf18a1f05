import { expect, it } from 'vitest';
import { startCarelessStore } from '../../../test/sealing/careless-store.ts';
import { playSealingRounds } from '../../../test/sealing/sealing-rounds.ts';
import { credentials, region, startStore } from '../../../test/store/running-store.ts';
import { createTestDatabase } from '../../../test/support/postgres.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';

const common = {
  region,
  bucket: 'bucket',
  credentials,
  clock: () => new Date(),
  warn: (message: string, cause: unknown) => {
    throw new Error(message, { cause });
  },
};

it('200 rounds of two registrations and a PUT in between leave record and bytes in agreement on the embedded store', {
  timeout: 120_000,
}, async () => {
  await using test = await createTestDatabase();
  await using running = await startStore();
  await using store = openObjectStore({ ...common, endpoint: running.endpoint, copiesByReference: true });
  await playSealingRounds(200, { store, database: test.database });
});

it('200 rounds of two registrations and a PUT in between leave record and bytes in agreement on a store that passes over copy conditions', {
  timeout: 120_000,
}, async () => {
  await using test = await createTestDatabase();
  await using running = await startStore();
  await using careless = await startCarelessStore(running);
  await using store = openObjectStore({ ...common, endpoint: careless.endpoint });
  await playSealingRounds(200, { store, database: test.database });
  expect(careless.strippedConditions()).toBeGreaterThan(200);
});
