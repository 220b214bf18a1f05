import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { binary, runCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { jsonLines, makeFolder, readBytes, runImport } from '../moving/moving.ts';

/** `IMPORT_FILES=100000` for the large run. */
const fileCount = Number(process.env.IMPORT_FILES ?? 5_000);
const kills = 4;
const seconds = 120 + fileCount / 20;

let service: RunningService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startService({});
  tenant = await createTenant(service);
}, 180_000);
afterAll(() => service[Symbol.asyncDispose]());

const usage = () => tenant.admin.ask<{ files: number; bytes: number }>('GET', '/v1/usage?scope=tenant');

it(`an import of ${fileCount} files that is killed again and again ends as one that never was`, {
  timeout: seconds * 1_000,
}, async () => {
  const records = Array.from({ length: fileCount }, (_, index) => ({
    path: `bytes/${index % 10}`,
    s3Key: `old/${index % 100}/${index}.txt`,
    originalName: `${index}.txt`,
    mimeType: 'text/plain',
    folder: `f/${index % 50}`,
    ownerId: `user-${index % 7}`,
    createdAt: new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString(),
  }));
  const bytes = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`bytes/${n}`, `bytes of ${n}`]));
  await using folder = await makeFolder({ 'manifest.jsonl': jsonLines(records), ...bytes });

  for (let kill = 1; kill <= kills; kill += 1) {
    const words = ['import', folder.path, '--project', tenant.project];
    const child = spawn(process.execPath, [binary, ...words], {
      cwd: folder.path,
      env: service.env,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await eventually(
      'it has imported some more',
      async () => (await usage()).files >= (kill * fileCount) / (kills + 1) || undefined,
      { withinSeconds: seconds / kills },
    );
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
  }
  const before = (await usage()).files;
  const { code, counts } = await runImport(tenant, folder.path, { service });
  expect({ code, counts }).toMatchObject({
    ...{ code: 0, counts: { imported: fileCount - before, present: before, failed: 0 } },
  });
  expect(before).toBeLessThan(fileCount);
  expect(await usage()).toMatchObject({ files: fileCount, bytes: fileCount * 'bytes of 0'.length });
  expect(await runImport(tenant, folder.path, { service })).toMatchObject({
    counts: { imported: 0, present: fileCount },
  });

  const ofFolder = '/v1/files?folder=f/7&sortBy=originalName&sortDirection=asc&limit=5';
  const { items } = await tenant.admin.ask<{ items: FileView[] }>('GET', ofFolder);
  for (const { id, ...file } of items) {
    const { path, ...record } = records.find(({ s3Key }) => s3Key === file.s3Key) ?? { path: '' };
    expect(file).toMatchObject(record);
    expect(String(await readBytes(tenant.admin, id))).toBe(`bytes of ${path.slice('bytes/'.length)}`);
  }
  const reconciled = await runCommand(['jobs', 'run', 'reconcile', '--json'], service.env);
  expect(reconciled.stdout).toMatch(/"lostFiles":0.*"driftedFiles":0/);
});
