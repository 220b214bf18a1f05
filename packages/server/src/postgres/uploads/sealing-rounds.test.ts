import { expect, it } from 'vitest';
import { credentials, region, startStore } from '../../../../store/test/running-store.ts';
import { createTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { startCarelessStore } from '../../../test/sealing/careless-store.ts';
import { playSealingRounds, rounds } from '../../../test/sealing/sealing-rounds.ts';
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

it(`${rounds} rounds of two registrations and a PUT in between leave record and bytes in agreement on the embedded store`, {
  timeout: 120_000,
}, async () => {
  await using test = await createTestDatabase();
  await using running = await startStore();
  await using store = openObjectStore({ ...common, endpoint: running.endpoint, copiesByReference: true });
  await playSealingRounds(rounds, { store, database: test.database });
});

it(`${rounds} rounds of two registrations and a PUT in between leave record and bytes in agreement on a store that passes over copy conditions`, {
  timeout: 120_000,
}, async () => {
  await using test = await createTestDatabase();
  await using running = await startStore();
  await using careless = await startCarelessStore(running);
  await using store = openObjectStore({ ...common, endpoint: careless.endpoint });
  await playSealingRounds(rounds, { store, database: test.database });
  expect(careless.strippedConditions()).toBeGreaterThan(rounds);
});
