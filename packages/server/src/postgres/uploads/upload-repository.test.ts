import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { newTenant, newUpload } from '../../../../test-support/src/samples/samples.ts';
import { createUploadRepository } from './upload-repository.ts';

const { database } = await useTestDatabase();

describe('uploads', () => {
  it('are found as they were inserted', async () => {
    const uploads = createUploadRepository(database);
    const single = newUpload(newTenant(), { ownerId: `o'"\\{},한글😀`, contentType: 'image/svg+xml' });
    const { sizeBytes: _, ...rest } = newUpload(newTenant(), {
      multipartId: '2~"a,b"',
      visibility: 'public',
    });
    await Promise.all([uploads.insert(single), uploads.insert(rest)]);
    expect(await uploads.find(single.tenant, single.key)).toEqual(single);
    expect(await uploads.find(rest.tenant, rest.key)).toEqual(rest);
  });

  it('are not found in another tenant', async () => {
    const uploads = createUploadRepository(database);
    const upload = newUpload(newTenant());
    await uploads.insert(upload);
    expect(await uploads.find(newTenant(), upload.key)).toBeUndefined();
  });

  it('inserted concurrently are each committed when their own call resolves', async () => {
    const uploads = createUploadRepository(database);
    const many = Array.from({ length: 1_200 }, () => newUpload(newTenant()));
    const found = await Promise.all(
      many.map(async (upload, index) => {
        await uploads.insert(upload);
        // One in twenty is looked up: more at once would wait for a connection longer than may be, where the machine is busy.
        return index % 20 === 0 ? uploads.find(upload.tenant, upload.key) : upload;
      }),
    );
    expect(found).toEqual(many);
  });

  it('inserted concurrently do not fail for one that cannot be inserted', async () => {
    const uploads = createUploadRepository(database);
    const tenant = newTenant();
    const good = Array.from({ length: 20 }, () => newUpload(tenant));
    const bad = newUpload(tenant, { contentType: 'image/\0png' });
    const all = [...good.slice(0, 7), bad, ...good.slice(7)];
    const outcomes = await Promise.allSettled(all.map((upload) => uploads.insert(upload)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
      expect.objectContaining({ reason: expect.objectContaining({ code: 'common/invalid-parameters' }) }),
    ]);
    expect(outcomes[7]?.status).toBe('rejected');
    for (const upload of good) expect(await uploads.find(tenant, upload.key)).toEqual(upload);
  });

  it('are marked when they are aborted, once or twice', async () => {
    const uploads = createUploadRepository(database);
    const upload = newUpload(newTenant());
    await uploads.insert(upload);
    await uploads.abort(upload.tenant, upload.key);
    await uploads.abort(upload.tenant, upload.key);
    expect(await uploads.find(upload.tenant, upload.key)).toEqual({ ...upload, aborted: true });
  });
});
