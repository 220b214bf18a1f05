import type { EventsAnswer, FileView, UsageAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { replaceContents } from '../../../test-support/src/api/contents.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  await tenant.admin.ask('PATCH', '/v1/environment', { quotas: { userBytes: 20, files: 4 } });
});

const bytesOf = (length: number) => new Uint8Array(length).fill(97);
const presign = (fileSize: number) => ({ filename: 'a.txt', contentType: 'text/plain', fileSize });

describe('the quotas of an environment', () => {
  let file: FileView;

  it('leave room for an upload, and are answered with the usage', async () => {
    file = await uploadFile(alice, { bytes: bytesOf(8) });
    const usage = await alice.ask<UsageAnswer>('GET', '/v1/usage');
    expect(usage).toMatchObject({ bytes: 8, quota: { bytes: 20 } });
    const ofTenant = await tenant.admin.ask<UsageAnswer>('GET', '/v1/usage?scope=tenant');
    expect(ofTenant).toMatchObject({ files: 1, quota: { files: 4 } });
  });

  it('count open uploads when a URL is asked for', async () => {
    const open = await sendFile(alice, { bytes: bytesOf(8) });
    expect(await alice.refusal('POST', '/v1/files/presigned-url', presign(5))).toMatchObject({
      status: 403,
      code: 'file/quota-exceeded',
      message: expect.stringContaining('16 are used, open uploads included'),
      details: { quota: 'quotas.userBytes', limit: 20, used: 16, asked: 5 },
    });
    const other = await tenant.user('bob');
    await other.ask('POST', '/v1/files/presigned-url', presign(20));
    await alice.ask('POST', '/v1/files', open);
  });

  it('tell once that they are reached, its owner and admins, however many refusals there are', async () => {
    const reached = (client: Client) =>
      eventually('quota.reached', async () => {
        const { items } = await client.ask<EventsAnswer>('GET', '/v1/events?types=quota.reached');
        return items.length > 0 ? items : undefined;
      });
    for (let time = 0; time < 3; time += 1)
      await alice.refusal('POST', '/v1/files/presigned-url', presign(50));
    const [event, ...more] = await reached(alice);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'quota.reached',
      data: { quota: 'quotas.userBytes', limit: 20, ownerId: 'alice', ownerType: 'user' },
    });
    expect(await reached(tenant.admin)).toEqual([event]);
    const bob = await tenant.user('bob');
    expect((await bob.ask<EventsAnswer>('GET', '/v1/events?types=quota.reached')).items).toEqual([]);
  });

  it('are exact at registration, also for bytes that were not announced', async () => {
    const { url, key } = await alice.ask<{ url: string; key: string }>('POST', '/v1/files/presigned-url', {
      filename: 'a.txt',
      contentType: 'text/plain',
    });
    const sent = await fetch(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'text/plain' },
      body: bytesOf(5),
    });
    expect(sent.status).toBe(200);
    const registration = { s3Key: key, originalName: 'a.txt', mimeType: 'text/plain', size: 5 };
    expect(await alice.refusal('POST', '/v1/files', registration)).toMatchObject({
      code: 'file/quota-exceeded',
      details: { used: 16, asked: 5 },
    });
  });

  it('hold for copies and new contents, which are counted without the bytes that they replace', async () => {
    expect((await alice.refusal('POST', `/v1/files/${file.id}/copy`, {})).code).toBe('file/quota-exceeded');
    const path = `/v1/files/${file.id}/content/presigned-url`;
    const refusal = await alice.refusal('POST', path, { contentType: 'text/plain', fileSize: 13 });
    expect(refusal.code).toBe('file/quota-exceeded');
    expect((await replaceContents(alice, file.id, { bytes: bytesOf(12) })).size).toBe(12);
  });

  it('count the trash, and give room when a file is deleted for good', async () => {
    await alice.ask('DELETE', `/v1/files/${file.id}?trash=true`);
    expect((await alice.refusal('POST', '/v1/files/presigned-url', presign(1))).code).toBe(
      'file/quota-exceeded',
    );
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    expect((await uploadFile(alice, { bytes: bytesOf(1) })).size).toBe(1);
  });
});
