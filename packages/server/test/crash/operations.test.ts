import type { OperationStarted, OperationView } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFolders } from '../../../test-support/src/api/lists.ts';
import { seedFiles } from '../../../test-support/src/postgres/seed-files.ts';
import { startTestServer } from '../../../test-support/src/postgres/test-server.ts';
import { keptTotals, totalsOfFiles } from '../../../test-support/src/postgres/totals.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { Database } from '../../src/postgres/database/database.ts';
import { foldUsage } from '../../src/postgres/usage/usage-ledger.ts';

const fileCount = 100_000;
/** The move takes 270 s on two cores that have ten times as much to do. */
const withinSeconds = 500;
let server: Awaited<ReturnType<typeof startTestServer>>;
let service: RunningService;
let database: Database;
let tenant: Tenant;
beforeAll(async () => {
  server = await startTestServer({ isDurable: false });
  service = await startService({ env: { DATABASE_URL: server.url } });
  database = new Database({ url: server.url });
  tenant = await createTenant(service);
  await seedFiles(server.url, { tenant: tenant.environment, fileCount, users: 100, folder: 'big' });
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

/** Goes on until the operation has ended; kills the jobs whenever another fifth of the files is done. */
async function untilEnded(operationId: string, watch: () => Promise<void>): Promise<OperationView> {
  let kills = 0;
  return eventually(
    'the operation has ended',
    async () => {
      const view = await tenant.admin.ask<OperationView>('GET', `/v1/operations/${operationId}`);
      await watch();
      if (view.state !== 'running') {
        expect(kills).toBeGreaterThan(1);
        return view;
      }
      if (view.done > ((kills + 1) * fileCount) / 5) {
        kills += 1;
        await killJobs();
      }
      return undefined;
    },
    { withinSeconds },
  );
}

/** Files of each folder of the root, in one answer and so of one moment. */
async function countFolders(): Promise<Record<string, number>> {
  const folders = await listFolders(tenant.admin, '');
  return Object.fromEntries(folders.map(({ path, files }) => [path, files]));
}

/** The jobs fold, too: deltas that they hold locked are passed over here, and are there until they have committed. */
async function foldEveryDelta(): Promise<void> {
  await eventually('every delta is folded', async () => {
    await foldUsage(database, 1_000);
    const deltas = await database.rows(sql`select from bkend.usage_deltas limit 1`);
    return deltas.length === 0 ? true : undefined;
  });
}

async function expectExactTotals(): Promise<void> {
  await foldEveryDelta();
  const [kept, counted] = [
    await keptTotals(database, tenant.environment),
    await totalsOfFiles(database, tenant.environment),
  ];
  for (const name of ['folders', 'bytes', 'facets'] as const) {
    const left = Object.entries(kept[name]).filter(([, count]) => count !== 0);
    expect(Object.fromEntries(left), name).toEqual(counted[name]);
  }
}

describe(`an operation on ${fileCount} files, whose process is killed again and again`, {
  timeout: (withinSeconds + 100) * 1_000,
}, () => {
  it('moves each once, and shows none in both folders or in neither', async () => {
    const { operationId } = await tenant.admin.ask<OperationStarted>('POST', '/v1/folders/move', {
      from: 'big',
      to: 'moved',
    });
    const view = await untilEnded(operationId, async () => {
      const { big = 0, moved = 0 } = await countFolders();
      expect(big + moved).toBe(fileCount);
    });
    expect(view).toMatchObject({ state: 'done', done: fileCount, failed: 0, total: fileCount });
    expect(await countFolders()).toEqual({ moved: fileCount });
    const rows = await database.rows(sql`select folder, count(*) as files from bkend.files group by folder`);
    expect(rows).toEqual([{ folder: 'moved', files: fileCount }]);
    await expectExactTotals();
  });

  it('deletes each once, and queues the purge of its bytes', async () => {
    const { operationId } = await tenant.admin.ask<OperationStarted>('DELETE', '/v1/folders/moved');
    const view = await untilEnded(operationId, async () => {});
    expect(view).toMatchObject({ state: 'done', done: fileCount, failed: 0, total: fileCount });
    expect(await tenant.admin.ask('GET', '/v1/usage?scope=tenant')).toMatchObject({ files: 0, bytes: 0 });
    expect(await countFolders()).toEqual({});
    await expectExactTotals();
  });
});
