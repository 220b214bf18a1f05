import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { eventually } from '../../../../test-support/src/process/eventually.ts';
import { Database } from './database.ts';
import { applicationName, watchOlderProcesses } from './older-processes.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

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
