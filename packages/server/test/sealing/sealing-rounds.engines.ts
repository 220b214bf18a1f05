import { randomUUID } from 'node:crypto';
import { inject, it } from 'vitest';
import { createTestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { openObjectStore } from '../../src/s3/open-object-store.ts';
import { playPairs, playReplacements } from './replacement-rounds.ts';
import { playSealingRounds } from './sealing-rounds.ts';

it('200 rounds of two registrations and a PUT in between leave record and bytes in agreement on Ceph RGW, and 200 replacements of one file', {
  timeout: 300_000,
}, async () => {
  const { databaseUrl, s3 } = inject('engines');
  await using test = await createTestDatabase(databaseUrl);
  await using store = openObjectStore({
    endpoint: s3.endpoint,
    region: s3.region,
    bucket: `sealing-${randomUUID()}`,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    clock: () => new Date(),
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });
  await store.ensureBucket();
  await playSealingRounds(200, { store, database: test.database });
  await playReplacements(200, { store, database: test.database });
  await playPairs(20, { store, database: test.database });
});
