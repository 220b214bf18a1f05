import { appendFile, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileView } from '@bkend/storage-contract';
import { expect, inject, it } from 'vitest';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { readCommand, runCommand } from '../../../test-support/src/process/run-command.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { contentsOf, fillTenant, makeFolder, runImport } from './moving.ts';

interface Counts {
  readonly exported: number;
  readonly present: number;
  readonly failed: number;
}

const runExport = (tenant: Tenant, folder: string) =>
  readCommand<Counts>(['export', folder, '--project', tenant.project], inject('service').env);

it('goes out and into another environment: ids, keys, owners, dates, metadata and bytes are the same', async () => {
  const [tenant, other] = await Promise.all([createTenant(), createTenant()]);
  const files = await fillTenant(tenant);
  await using folder = await makeFolder();
  expect(await runExport(tenant, folder.path)).toMatchObject({
    exported: files.length,
    present: 0,
    failed: 0,
  });
  const { code, counts } = await runImport(other, folder.path);
  expect({ code, counts }).toMatchObject({ code: 0, counts: { imported: files.length } });
  expect(await contentsOf(other.admin)).toEqual(await contentsOf(tenant.admin));
  expect((await runImport(other, folder.path)).counts).toMatchObject({ imported: 0, present: files.length });
});

it.each([['/proc/export'], ['/dev/null/export']])(
  'says that a folder such as %s cannot be created, and ends',
  async (folder) => {
    const tenant = await createTenant();
    const words = ['export', folder, '--project', tenant.project];
    const { code, stderr } = await runCommand(words, inject('service').env);
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot create the folder ${folder}: `);
  },
);

it('fetches only what is missing or changed when it runs again, whatever the run before has left', async () => {
  const tenant = await createTenant();
  const [first, second] = await fillTenant(tenant);
  await using folder = await makeFolder();
  await runExport(tenant, folder.path);
  expect(await runExport(tenant, folder.path)).toMatchObject({ exported: 0, present: 5 });

  const pathOf = async ({ id = '' }: Partial<FileView> = {}) => {
    const lines = (await readFile(join(folder.path, 'manifest.jsonl'), 'utf8')).split('\n').filter(Boolean);
    const records = lines.map((line): { id: string; path: string } => JSON.parse(line));
    return join(folder.path, records.find((record) => record.id === id)?.path ?? '');
  };
  await rm(await pathOf(first));
  await truncate(await pathOf(second), 2);
  await appendFile(`${await pathOf(first)}.part`, 'half of it');
  await appendFile(join(folder.path, 'manifest.jsonl.part'), '{"half');
  expect(await runExport(tenant, folder.path)).toMatchObject({ exported: 2, present: 3 });
  expect((await stat(await pathOf(second))).size).toBe(second?.size);

  const presigned = await tenant.admin.ask<{ url: string; key: string }>(
    'POST',
    `/v1/files/${first?.id}/content/presigned-url`,
    { contentType: 'text/plain' },
  );
  await putBytes(presigned.url, new TextEncoder().encode('HELLO'), 'text/plain');
  await tenant.admin.ask('PUT', `/v1/files/${first?.id}/content`, {
    ...{ uploadKey: presigned.key, size: 5, mimeType: 'text/plain' },
  });
  expect(await runExport(tenant, folder.path)).toMatchObject({ exported: 1, present: 4 });
  expect(await readFile(await pathOf(first), 'utf8')).toBe('HELLO');
  const left = await readdir(folder.path, { recursive: true });
  expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
});
