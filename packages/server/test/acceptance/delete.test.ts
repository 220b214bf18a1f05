import { randomBytes, randomUUID } from 'node:crypto';
import type { DownloadUrlAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

const urlOf = async (id: string) =>
  (await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`)).url;

const untilGone = (url: string) =>
  eventually('the bytes are gone', async () => ((await fetch(url)).status === 404 ? true : undefined), {
    withinSeconds: 20,
  });

describe('deleting a file', () => {
  it('takes the record at once and the bytes soon after', async () => {
    const { id } = await uploadFile(alice, { bytes: randomBytes(100_000) });
    const url = await urlOf(id);
    expect((await fetch(url)).status).toBe(200);
    expect(await alice.ask('DELETE', `/v1/files/${id}`)).toEqual({});

    const gone = { status: 404, code: 'file/not-found' };
    expect(await alice.refusal('GET', `/v1/files/${id}`)).toMatchObject(gone);
    expect(await alice.refusal('DELETE', `/v1/files/${id}`)).toMatchObject(gone);
    expect(await alice.refusal('PATCH', `/v1/files/${id}`, {})).toMatchObject(gone);
    expect(await alice.refusal('POST', `/v1/files/${id}/download-url`)).toMatchObject(gone);
    expect(await alice.refusal('GET', `/v1/files/${id}/shares`)).toMatchObject(gone);
    const { items } = await listFiles(alice, { limit: 100 });
    expect(items.map((file) => file.id)).not.toContain(id);
    await untilGone(url);
  });

  it('does not free its key for another registration', async () => {
    const registration = await sendFile(alice);
    const { id } = await alice.ask<{ id: string }>('POST', '/v1/files', registration);
    await alice.ask('DELETE', `/v1/files/${id}`);
    expect(await alice.refusal('POST', '/v1/files', registration)).toMatchObject({
      code: expect.stringMatching(/^file\/upload-(not-found|incomplete)$/),
    });
  });

  it('happens once also when asked for many times at the same moment', async () => {
    const { id } = await uploadFile(alice);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => alice.send('DELETE', `/v1/files/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(404)]);
  });
});

describe('deleting many files', () => {
  it('takes what it may and says of each other one why not', async () => {
    const bob = await tenant.user('bob');
    const mine = await Promise.all([uploadFile(alice), uploadFile(alice), uploadFile(alice)]);
    const theirs = await uploadFile(bob, { visibility: 'public' });
    const unknown = randomUUID();
    const ids = [mine[0]?.id, theirs.id, mine[1]?.id, unknown, 'nonsense', mine[2]?.id, mine[0]?.id];
    const urls = await Promise.all(mine.map(({ id }) => urlOf(id)));

    const answer = await alice.ask('POST', '/v1/files/bulk-delete', { ids });
    expect(answer).toEqual({
      deleted: mine.map(({ id }) => id),
      failed: [
        { id: theirs.id, code: 'file/access-denied' },
        { id: unknown, code: 'file/not-found' },
        { id: 'nonsense', code: 'file/not-found' },
      ],
    });
    await Promise.all(urls.map(untilGone));
    expect(await bob.ask('GET', `/v1/files/${theirs.id}`)).toMatchObject({ id: theirs.id });
  });

  it('takes 1,000 ids and refuses 1,001, none, and what is no list', async () => {
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    const { failed } = await alice.ask<{ failed: unknown[] }>('POST', '/v1/files/bulk-delete', { ids });
    expect(failed).toHaveLength(1_000);
    for (const wrong of [[...ids, randomUUID()], [], 'all', { 0: ids[0] }, undefined]) {
      expect(await alice.refusal('POST', '/v1/files/bulk-delete', { ids: wrong })).toMatchObject({
        status: 400,
        code: 'common/invalid-parameters',
      });
    }
  });

  it('lets an admin delete files of every owner', async () => {
    const files = await Promise.all([uploadFile(alice), uploadFile(await tenant.user('bob'))]);
    const ids = files.map(({ id }) => id);
    expect(await tenant.admin.ask('POST', '/v1/files/bulk-delete', { ids })).toEqual({
      deleted: ids,
      failed: [],
    });
  });
});

describe('bytes that come after the upload was given up', () => {
  it('do not stay', async () => {
    const { key, uploadId } = await alice.ask<{ key: string; uploadId: string }>(
      'POST',
      '/v1/files/multipart/init',
      { filename: 'film.mp4', contentType: 'video/mp4', fileSize: 100 },
    );
    const { url } = await alice.ask<{ url: string }>('POST', '/v1/files/multipart/presigned-url', {
      key,
      uploadId,
      partNumber: 1,
    });
    await alice.ask('POST', '/v1/files/multipart/abort', { key, uploadId });
    expect((await putBytes(url, randomBytes(100))).status).toBe(404);
  });
});

describe('the image host', () => {
  it('forgets a deleted file within five seconds', async () => {
    const file = await uploadFile(alice, { visibility: 'public' });
    const url = `${inject('service').imagesUrl}/${file.key}`;
    expect((await fetch(url)).status).toBe(200);
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    await eventually('the file is gone', async () => ((await fetch(url)).status === 404 ? true : undefined), {
      withinSeconds: 5,
    });
  });
});
