import type { FileView, UsageAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
/** A user whose `sub` is the id of the tenant's secret key. */
let namesake: Client;
/** Uploaded with that key alone, so that the key owns it. */
let file: FileView;
beforeAll(async () => {
  tenant = await createTenant();
  namesake = await tenant.user(tenant.secret.id);
  file = await uploadFile(tenant.admin, { visibility: 'private' });
});

describe('a user who has the id of a secret key', () => {
  it('reads, changes, shares and deletes nothing that the key owns', async () => {
    expect(file).toMatchObject({ ownerId: tenant.secret.id, ownerType: 'service' });
    const path = `/v1/files/${file.id}`;
    const refusals = await Promise.all([
      namesake.refusal('GET', path),
      namesake.refusal('PATCH', path, { visibility: 'public' }),
      namesake.refusal('DELETE', path),
      namesake.refusal('GET', `${path}/shares`),
      namesake.refusal('PUT', `${path}/shares/mallory`),
      namesake.refusal('POST', `${path}/download-url`),
      namesake.refusal('POST', `${path}/image-url`),
    ]);
    expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'file/access-denied'));
    const { failed } = await namesake.ask<{ failed: unknown[] }>('POST', '/v1/files/bulk-delete', {
      ids: [file.id],
    });
    expect(failed).toEqual([{ id: file.id, code: 'file/access-denied' }]);
  });

  it('registers and lists nothing of the key’s, and does not learn what the key has', async () => {
    const waiting = await sendFile(tenant.admin);
    expect(await namesake.refusal('POST', '/v1/files', waiting)).toMatchObject({
      code: 'file/access-denied',
    });
    for (const query of [{}, { ownerId: tenant.secret.id }, { ownerType: 'service' }]) {
      const { items, pagination } = await listFiles(namesake, query);
      expect({ items, total: pagination.total }).toEqual({ items: [], total: 0 });
    }
    expect(await namesake.ask<UsageAnswer>('GET', '/v1/usage')).toMatchObject({ files: 0, bytes: 0 });
    expect(await tenant.admin.ask<UsageAnswer>('GET', '/v1/usage')).toMatchObject({
      files: 1,
      bytes: file.size,
    });
  });

  it('sees what the key shares with a user of this id, in lists too', async () => {
    const shared = await uploadFile(tenant.admin, { visibility: 'shared', sharedWith: [tenant.secret.id] });
    expect(await namesake.ask<FileView>('GET', `/v1/files/${shared.id}`)).not.toHaveProperty('ownerId');
    const { items, pagination } = await listFiles(namesake, { visibility: 'shared' });
    expect(items.map(({ id }) => id)).toEqual([shared.id]);
    expect(pagination.total).toBe(1);
  });
});
