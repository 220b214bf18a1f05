import { categories, type FileView, type UsageAnswer, visibilities } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const usageOf = (client: Client, scope?: 'tenant' | 'caller') =>
  client.ask<UsageAnswer>('GET', `/v1/usage${scope === undefined ? '' : `?scope=${scope}`}`);

/** The expected usage when these are all files. */
function usageFor(files: readonly FileView[]): UsageAnswer {
  const count = (some: readonly FileView[]) => ({
    files: some.length,
    bytes: some.reduce((sum, { size }) => sum + size, 0),
  });
  const by = (field: 'category' | 'visibility', names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, count(files.filter((file) => file[field] === name))]));
  return {
    ...count(files),
    byCategory: by('category', categories) as UsageAnswer['byCategory'],
    byVisibility: by('visibility', visibilities) as UsageAnswer['byVisibility'],
    trash: { files: 0, bytes: 0 },
    versions: { count: 0, bytes: 0 },
  };
}

describe('usage', () => {
  it('is exact after every operation, for the caller and for the tenant', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    const bob = await tenant.user('bob');
    const files = { alice: [] as FileView[], bob: [] as FileView[] };
    const check = async () => {
      expect(await usageOf(alice)).toEqual(usageFor(files.alice));
      expect(await usageOf(bob, 'caller')).toEqual(usageFor(files.bob));
      expect(await usageOf(tenant.admin, 'tenant')).toEqual(usageFor([...files.alice, ...files.bob]));
    };

    await check();
    files.alice.push(await uploadFile(alice, { bytes: new Uint8Array(100) }));
    await check();
    files.alice.push(await uploadFile(alice, { mimeType: 'image/png', visibility: 'public' }));
    files.bob.push(await uploadFile(bob, { category: 'temp', bytes: new Uint8Array(1_000) }));
    await check();

    const [first, second] = files.alice as [FileView, FileView];
    files.alice[0] = await alice.ask<FileView>('PATCH', `/v1/files/${first.id}`, { visibility: 'shared' });
    await check();
    await alice.ask('PATCH', `/v1/files/${first.id}`, { originalName: 'renamed.txt' });
    await check();

    await alice.ask('DELETE', `/v1/files/${second.id}`);
    files.alice.pop();
    await check();
    await tenant.admin.ask('POST', '/v1/files/bulk-delete', {
      ids: [...files.alice, ...files.bob].map(({ id }) => id),
    });
    files.alice = [];
    files.bob = [];
    await check();
  });

  it('counts each file once while many come and go at the same moment', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    const files = await Promise.all(Array.from({ length: 20 }, () => uploadFile(alice)));
    await Promise.all([
      ...files.slice(0, 5).map(({ id }) => alice.ask('DELETE', `/v1/files/${id}`)),
      ...files.slice(5, 15).map(({ id }) => alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'public' })),
      ...Array.from({ length: 5 }, () => uploadFile(alice)),
    ]);
    expect(await usageOf(alice)).toMatchObject({
      files: 20,
      bytes: 100,
      byVisibility: { public: { files: 10, bytes: 50 }, private: { files: 10, bytes: 50 } },
    });
  });

  it('counts what a refusal left alone not at all', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    const file = await uploadFile(alice);
    await tenant.guest.refusal('DELETE', `/v1/files/${file.id}`);
    await alice.refusal('PATCH', `/v1/files/${file.id}`, { visibility: 'public', originalName: 'a/b' });
    expect(await usageOf(alice)).toEqual(usageFor([file]));
  });

  it('of a secret key is the key’s own, and of one with a token that user’s', async () => {
    const tenant = await createTenant();
    const file = await uploadFile(tenant.admin);
    expect(await usageOf(tenant.admin)).toEqual(usageFor([file]));
    expect(await usageOf(await tenant.adminFor('dave'))).toEqual(usageFor([]));
  });

  it.each([
    ['GET', '/v1/usage?scope=tenant'],
    ['DELETE', '/v1/trash?scope=tenant'],
    ['GET', '/v1/environment'],
    ['GET', '/v1/webhooks'],
  ] as const)('of all, like %s %s, is refused as what admins do, not as a file', async (method, path) => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    expect(await alice.refusal(method, path)).toMatchObject({
      ...{ status: 403, code: 'file/access-denied', message: expect.stringContaining('admin') },
    });
  });

  it('of the tenant is for admins, and none of it for guests', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    expect(await alice.refusal('GET', '/v1/usage?scope=tenant')).toMatchObject({
      status: 403,
      code: 'file/access-denied',
    });
    expect(await tenant.guest.refusal('GET', '/v1/usage')).toMatchObject({
      status: 401,
      code: 'common/authentication-required',
    });
    expect(await alice.refusal('GET', '/v1/usage?scope=world')).toMatchObject({
      code: 'common/invalid-parameters',
    });
  });
});
