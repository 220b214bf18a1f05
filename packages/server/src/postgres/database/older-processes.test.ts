import pg from 'pg';
import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { eventually } from '../../../../test-support/src/process/eventually.ts';
import { Database } from './database.ts';
import { applicationName, watchOlderProcesses } from './older-processes.ts';

const test = await useTestDatabase();

it('processes of the first version are found until the last of them has disconnected', async () => {
  const older = new pg.Client({ connectionString: test.url, application_name: 'bkend-storage api' });
  await older.connect();
  await using processes = await watchOlderProcesses(test.database);
  expect(processes.areThere()).toBe(true);
  await older.end();
  await eventually('they have gone', async () => !processes.areThere() || undefined);
});

it('processes of this version are not taken for older ones', async () => {
  await using other = new Database({ url: test.url, applicationName: applicationName('api') });
  await other.check();
  await using processes = await watchOlderProcesses(test.database);
  expect(processes.areThere()).toBe(false);
});
