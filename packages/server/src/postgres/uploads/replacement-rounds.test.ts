import { expect, it } from 'vitest';
import { credentials, region, startStore } from '../../../../store/test/running-store.ts';
import { createTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { playPairs, playReplacements } from '../../../test/sealing/replacement-rounds.ts';
import { rounds } from '../../../test/sealing/sealing-rounds.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';

const replacements = 5 * rounds;

it(`${replacements} replacements of one file by 16 writers leave the versions that were acknowledged, and nothing else`, {
  timeout: 600_000,
}, async () => {
  await using test = await createTestDatabase();
  await using running = await startStore();
  await using store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: (message, cause) => expect.fail(`${message}: ${cause}`),
  });
  await playReplacements(replacements, { store, database: test.database });
  await playPairs(rounds / 2, { store, database: test.database });
});
