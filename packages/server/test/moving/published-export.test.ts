import { randomUUID } from 'node:crypto';
import type { FileView } from '@bkend/storage-contract';
import { expect, it } from 'vitest';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { makeFolder, readBytes, runImport } from './moving.ts';

/** An item of the list as the published service answered it. */
const itemOf = (originalName: string, bytes: string, fields: object = {}) => ({
  id: randomUUID(),
  s3Key: `6f/prod/images/${randomUUID()}/${originalName}`,
  originalName,
  mimeType: 'text/plain',
  size: bytes.length,
  visibility: 'public',
  ownerId: 'user-1',
  ownerType: 'user',
  bucket: 'images',
  metadata: { tags: ['old'] },
  isActive: true,
  createdAt: '2025-11-02T03:04:05.678Z',
  updatedAt: '2025-12-02T03:04:05.678Z',
  ...fields,
});

const answerOf = (items: readonly object[], page = 1) =>
  JSON.stringify({ success: true, data: { items, pagination: { page, hasNextPage: false } } });

it('imports a folder as the published export guide leaves it, and says which files its script has lost', async () => {
  const tenant = await createTenant();
  const plain = itemOf('사진 1.txt', 'one');
  const withId = itemOf('twice.txt', 'first of two');
  const kept = itemOf('twice.txt', 'kept by its size');
  const [lost, alsoLost] = [itemOf('same.txt', 'aaa'), itemOf('same.txt', 'bbb')];
  const gone = itemOf('gone.txt', 'never downloaded');
  await using folder = await makeFolder({
    'list_page1.json': answerOf([plain, withId]),
    'list_page2.json': JSON.stringify({ items: [kept, lost] }),
    // Pages appended to one file, one a line.
    'list.json': `${answerOf([alsoLost])}\n${answerOf([gone], 2)}\n`,
    'posts_page1.json': JSON.stringify({ data: { items: [{ id: 'a record of a table' }] } }),
    'bkend_files/사진 1.txt': 'one',
    'bkend_files/twice.txt': 'kept by its size',
    [`${withId.id}_twice.txt`]: 'first of two',
    'bkend_files/same.txt': 'bbb',
  });
  const { code, counts, failures } = await runImport(tenant, folder.path);
  expect({ code, counts }).toMatchObject({ code: 1, counts: { imported: 3, failed: 3 } });
  expect(failures.map(({ at, message }) => `${at} ${message}`).sort()).toEqual([
    expect.stringMatching(/^list.json:1 2 files have the name "same.txt"/),
    expect.stringMatching(/^list.json:2 There is no "gone.txt"/),
    expect.stringMatching(/^list_page2.json:2 2 files have the name "same.txt"/),
  ]);
  for (const [item, bytes] of [
    [plain, 'one'],
    [withId, 'first of two'],
    [kept, 'kept by its size'],
  ] as const) {
    const { isActive, ...fields } = item;
    const file = await tenant.admin.ask<FileView>('GET', `/v1/files/${item.id}`);
    expect(file).toMatchObject(fields);
    expect(String(await readBytes(tenant.admin, item.id))).toBe(bytes);
    // Apps have kept keys: the images host serves them.
    expect(await (await fetch(file.url ?? '')).text()).toBe(bytes);
  }
  expect((await runImport(tenant, folder.path)).counts).toMatchObject({ imported: 0, present: 3, failed: 3 });
});
