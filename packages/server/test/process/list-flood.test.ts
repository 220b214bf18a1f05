import type { FileView, ListFilesAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { seedFiles } from '../../../test-support/src/postgres/seed-files.ts';
import { startTestServer } from '../../../test-support/src/postgres/test-server.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const fileCount = 120_000;
let server: Awaited<ReturnType<typeof startTestServer>>;
let service: RunningService;
let tenant: Tenant;
beforeAll(async () => {
  server = await startTestServer({ isDurable: false });
  service = await startService({ env: { DATABASE_URL: server.url } });
  tenant = await createTenant(service);
  await seedFiles(server.url, { tenant: tenant.environment, fileCount, users: 100 });
}, 180_000);
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('a list of more than a hundred thousand files', () => {
  it('has an exact total without filters, and marks a total at which counting stopped', async () => {
    const { pagination } = await listFiles(tenant.admin, { limit: 100 });
    expect(pagination.total).toBe(fileCount);
    expect(pagination).not.toHaveProperty('totalIsExact');
    const filtered = await listFiles(tenant.admin, { minSize: 1, limit: 100 });
    expect(filtered.pagination).toMatchObject({ total: 100_000, totalIsExact: false, totalPages: 1_000 });
    const some = await listFiles(tenant.admin, { mimeType: 'image/png' });
    expect(some.pagination.total).toBe(fileCount / 5);
    expect(some.pagination).not.toHaveProperty('totalIsExact');
  });

  it('is read to its hundred thousandth file by page, and further by cursor', async () => {
    const query = { minSize: 1, limit: 100, sortBy: 'originalName', sortDirection: 'asc' } as const;
    const last = await listFiles(tenant.admin, { ...query, page: 1_000 });
    expect(last.items).toHaveLength(100);
    expect(last.pagination.hasNextPage).toBe(true);
    const refusal = await tenant.admin.refusal('GET', '/v1/files?minSize=1&limit=100&page=1001');
    expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
    expect(JSON.stringify(refusal.details)).toContain('cursor');
    const { nextCursor = '' } = last.pagination;
    const next = await listFiles(tenant.admin, { ...query, cursor: nextCursor });
    expect(next.items).toHaveLength(100);
  });
});

describe('a flood of costly searches of one guest', () => {
  it('waits in the guest’s own queue, and delays no other caller', async () => {
    const alice = await tenant.user('alice');
    const mine = await uploadFile(alice, { visibility: 'private' });
    const took = async (client: Client, path: string) => {
      const startedAt = performance.now();
      const answer = await client.send<ListFilesAnswer | FileView>('GET', path);
      return { status: answer.status, ms: performance.now() - startedAt };
    };
    const costly = (index: number) =>
      `/v1/files?search=a&sortBy=originalName&sortDirection=${index % 2 ? 'asc' : 'desc'}&page=${900 + index}&limit=100`;
    const flood = Promise.all(Array.from({ length: 40 }, (_, index) => took(tenant.guest, costly(index))));
    let isOver = false;
    void flood.finally(() => {
      isOver = true;
    });
    const others: { status: number; ms: number }[] = [];
    while (!isOver) {
      others.push(await took(alice, `/v1/files/${mine.id}`), await took(alice, '/v1/files?limit=20'));
    }
    const flooded = await flood;
    for (const { status } of flooded) expect([200, 429, 503]).toContain(status);
    expect(others.length).toBeGreaterThan(5);
    expect(others.every(({ status }) => status === 200)).toBe(true);
    const median = (times: readonly { ms: number }[]) =>
      times.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
    expect(median(others)).toBeLessThan(median(flooded) / 5);
  });
});
