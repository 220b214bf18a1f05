import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { seedFiles } from '../../../test-support/src/postgres/seed-files.ts';
import { startTestServer } from '../../../test-support/src/postgres/test-server.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { Database } from '../../src/postgres/database/database.ts';

const fileCount = 20_000;
const withinSeconds = 300;
let server: Awaited<ReturnType<typeof startTestServer>>;
let service: RunningService;
let database: Database;
let leaving: Tenant;
let neighbour: Tenant;
beforeAll(async () => {
  server = await startTestServer({ isDurable: false });
  service = await startService({ env: { DATABASE_URL: server.url } });
  database = new Database({ url: server.url });
  [leaving, neighbour] = await Promise.all([createTenant(service), createTenant(service)]);
  await seedFiles(server.url, { tenant: leaving.environment, fileCount, users: 100 });
}, 180_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function killJobs(): Promise<void> {
  const jobs = (await service.processes()).find(({ command }) => /--only jobs\b/.test(command));
  if (jobs !== undefined) process.kill(jobs.pid, 'SIGKILL');
}

/** Rows of a tenant by table, but for purges, which the store's deletions end. */
async function rowsOf(tenant: string): Promise<Record<string, number>> {
  const tables = await database.rows(sql<{ name: string }>`
    select table_name as name from information_schema.columns
      join information_schema.tables using (table_schema, table_name)
    where table_schema = 'bkend' and column_name = 'tenant' and table_type = 'BASE TABLE' and table_name not in ('purges', 'audit_log')`);
  const counts = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await database.rows(sql<{ count: number }>`
        select count(*)::int as count from ${sql.table(`bkend.${name}`)} where tenant = ${tenant}`);
      return [name, row?.count ?? 0] as const;
    }),
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

it('an environment is deleted whole by processes that are killed again and again, and its neighbour is as it was', {
  timeout: (withinSeconds + 60) * 1_000,
}, async () => {
  const kept = await uploadFile(await neighbour.user('alice'), { visibility: 'shared', sharedWith: ['bob'] });
  await neighbour.admin.ask('POST', '/v1/webhooks', { url: 'https://8.8.8.8/' });
  const before = await rowsOf(neighbour.environment);
  expect(await rowsOf(leaving.environment)).toMatchObject({ files: fileCount });
  await readCommand(['environments', 'delete', leaving.environment, '--yes'], service.env);
  let kills = 0;
  await eventually(
    'the environment is gone',
    async () => {
      const left = await rowsOf(leaving.environment);
      if ((left.files ?? 0) < fileCount - (kills + 1) * 4_000 && kills < 4) {
        kills += 1;
        await killJobs();
      }
      return left.environments === undefined || undefined;
    },
    { withinSeconds },
  );
  expect(kills).toBeGreaterThan(1);
  expect(await rowsOf(leaving.environment)).toEqual({});
  expect(await rowsOf(neighbour.environment)).toMatchObject({
    files: 1,
    environments: 1,
    shares: before.shares,
  });
  expect((await neighbour.admin.send('GET', `/v1/files/${kept.id}`)).status).toBe(200);
});
