import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPool } from '../../src/postgres/database/open-pool.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded-postgres.ts';
import { migrate } from '../../src/postgres/migrations/migrate.ts';
import { readContents, unpackDataDirectory } from './unpack-data-directory.ts';

let dataDir: string;
let server: EmbeddedPostgres;
beforeAll(async () => {
  dataDir = await unpackDataDirectory();
  server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

/** The statement by which the first version finds an upload, prepared as it prepares it. */
const findUpload = {
  name: 'statement_1',
  text: 'select * from bkend.uploads where tenant = $1 and key = $2',
};

it('API processes of the first version find their uploads after the tables have changed under them', async () => {
  const { uploads } = await readContents();
  const [upload] = uploads;
  const values = [upload?.tenant, upload?.key];
  const older = openPool({
    connectionString: server.url,
    max: 4,
    application_name: 'bkend-storage api',
  });
  const findAll = () => Promise.all([1, 2, 3, 4].map(() => older.query({ ...findUpload, values })));
  const before = await findAll();
  await migrate({ url: server.url });
  const after = await findAll();
  for (const { rows } of after) expect(rows[0]).toMatchObject({ key: before[0]?.rows[0]?.key });
  await older.end();
});
