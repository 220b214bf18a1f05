import { randomUUID } from 'node:crypto';
import type { FileView, InitMultipartAnswer, RegisterFileRequest } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { createClient } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createKey, createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let mine: Tenant;
let theirs: Tenant;
let callers: Record<string, Client>;
let file: FileView;
let waiting: RegisterFileRequest;
let upload: InitMultipartAnswer;

beforeAll(async () => {
  [mine, theirs] = await Promise.all([createTenant(), createTenant()]);
  // The same user id in both tenants is two users.
  const alice = await theirs.user('alice');
  file = await uploadFile(alice, { visibility: 'public', sharedWith: ['alice'], originalName: 'theirs.txt' });
  waiting = await sendFile(alice);
  upload = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'film.mp4',
    contentType: 'video/mp4',
    fileSize: 1_000,
  });
  callers = {
    'a guest': mine.guest,
    'a user': await mine.user('alice'),
    'an admin': mine.admin,
    'an admin by role': await mine.adminUser('root'),
  };
});

const names = ['a guest', 'a user', 'an admin', 'an admin by role'];

/** Everything one can ask about a file, an upload waiting to be registered, and one in parts. */
async function answersAbout(
  client: Client,
  { id, s3Key, uploadId, partsKey }: { id: string; s3Key: string; uploadId: string; partsKey: string },
) {
  const one = `/v1/files/${id}`;
  const parts = { key: partsKey, uploadId };
  const asked = [
    client.send('GET', one),
    client.send('PATCH', one, { originalName: 'mine.txt' }),
    client.send('DELETE', one),
    client.send('POST', `${one}/download-url`),
    client.send('GET', `${one}/download-url`),
    client.send('POST', `${one}/image-url`),
    client.send('GET', `${one}/shares`),
    client.send('PUT', `${one}/shares`, { sharedWith: ['mallory'] }),
    client.send('DELETE', `${one}/shares`),
    client.send('GET', `${one}/shares/alice`),
    client.send('PUT', `${one}/shares/mallory`),
    client.send('DELETE', `${one}/shares/alice`),
    client.send('POST', '/v1/files/bulk-delete', { ids: [id] }),
    client.send('POST', '/v1/files', { ...waiting, s3Key }),
    client.send('POST', '/v1/files/multipart/presigned-url', { ...parts, partNumber: 1 }),
    client.send('GET', `/v1/files/multipart/parts?${new URLSearchParams(parts)}`),
    client.send('POST', '/v1/files/multipart/complete', { ...parts, parts: [{ partNumber: 1, etag: 'x' }] }),
    client.send('POST', '/v1/files/multipart/abort', parts),
  ];
  const answers = await Promise.all(asked);
  return answers.map(({ status, json }) => {
    // The request id and the requested id differ in every answer, and say nothing.
    const text = JSON.stringify({ ...(json as object), requestId: '' }).replaceAll(id, 'ID');
    return { status, text };
  });
}

describe('another tenant’s ids', () => {
  it.each(names)('give %s, on every endpoint, the answers of ids that never were', async (name) => {
    const client = callers[name] ?? expect.fail(`no such caller: ${name}`);
    const foreign = await answersAbout(client, {
      id: file.id,
      s3Key: waiting.s3Key,
      uploadId: upload.uploadId,
      partsKey: upload.key,
    });
    const imagined = (key: string) => key.replace(/[0-9a-f]{12}(?=\.|$)/, '0123456789ab');
    const random = await answersAbout(client, {
      id: randomUUID(),
      s3Key: imagined(waiting.s3Key).replace(theirs.project, mine.project),
      uploadId: randomUUID(),
      partsKey: imagined(upload.key).replace(theirs.project, mine.project),
    });
    expect(foreign).toEqual(random);
    expect(foreign.filter(({ status }) => status < 400).map(({ text }) => JSON.parse(text).deleted)).toEqual(
      name === 'a guest' ? [] : [[]],
    );
  });

  it('leave no trace: the other tenant finds everything as it was', async () => {
    const alice = await theirs.user('alice');
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
    const query = new URLSearchParams({ key: upload.key, uploadId: upload.uploadId });
    expect(await alice.ask('GET', `/v1/files/multipart/parts?${query}`)).toEqual({ parts: [] });
    expect(await alice.ask('POST', '/v1/files', waiting)).toMatchObject({ s3Key: waiting.s3Key });
  });

  it.each(names)('are in no list and no count of %s', async (name) => {
    const client = callers[name] ?? expect.fail(`no such caller: ${name}`);
    for (const query of [{}, { visibility: 'public' }, { search: 'theirs' }, { ownerId: 'alice' }]) {
      const { items, pagination } = await listFiles(client, query);
      expect(items).toEqual([]);
      expect(pagination.total).toBe(0);
    }
    if (name.startsWith('an admin')) {
      expect(await client.ask('GET', '/v1/usage?scope=tenant')).toMatchObject({ files: 0, bytes: 0 });
    }
  });

  it('do not help as a cursor either', async () => {
    const alice = await theirs.user('alice');
    await uploadFile(alice, { visibility: 'public' });
    const { pagination } = await listFiles(alice, { limit: 1 });
    const { items } = await listFiles(mine.admin, { cursor: pagination.nextCursor ?? '' });
    expect(items).toEqual([]);
  });
});

describe('the environments of a project', () => {
  it('are tenants of their own', async () => {
    const { apiUrl } = inject('service');
    const prod = await createKey(['--type', 'secret', '--project', mine.project, '--env', 'prod']);
    const inProd = createClient(apiUrl, { 'X-API-Key': prod.key });
    const devFile = await uploadFile(mine.admin, { visibility: 'public' });
    expect(await inProd.refusal('GET', `/v1/files/${devFile.id}`)).toMatchObject({ code: 'file/not-found' });
    const prodFile = await uploadFile(inProd, { visibility: 'public' });
    expect(prodFile.key).toMatch(new RegExp(`^${mine.project}/prod/`));
    expect(await mine.admin.refusal('GET', `/v1/files/${prodFile.id}`)).toMatchObject({
      code: 'file/not-found',
    });
  });
});

describe('a token', () => {
  it('is good in the environment that it names, and with no key of another', async () => {
    const token = await signToken({ userId: 'alice', role: 'admin', environment: theirs.environment });
    const { apiUrl } = inject('service');
    const inMine = createClient(apiUrl, {
      'X-API-Key': mine.publishable.key,
      Authorization: `Bearer ${token}`,
    });
    const inTheirs = createClient(apiUrl, {
      'X-API-Key': theirs.publishable.key,
      Authorization: `Bearer ${token}`,
    });
    expect(await inMine.refusal('GET', '/v1/files')).toMatchObject({
      status: 401,
      code: 'auth/invalid-access-token',
      details: { reason: 'wrong-environment' },
    });
    expect(await inTheirs.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ id: file.id });
  });
});
