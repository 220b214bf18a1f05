import type { FileView, InitMultipartAnswer, PresignUploadAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

const mebibyte = 2 ** 20;
let tenant: AttackedTenant;
let alice: Client;

/** Changes settings of the tenant, in force within 5 s. */
async function configure(target: AttackedTenant, ...words: string[]) {
  const { code, stderr } = await runCommand(
    ['environments', 'set', target.environment, ...words],
    inject('service').env,
  );
  if (code !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  tenant = await createAttackedTenant();
  alice = tenant.user('alice');
  await configure(tenant, `uploads.maxFileBytes=${6 * mebibyte}`, 'uploads.minFileBytes=10');
  // In force everywhere within 5 s.
  await eventually('the limits are in force', async () =>
    (await announce(alice, 7 * mebibyte)).status === 400 ? true : undefined,
  );
});

const description = { filename: 'a.bin', contentType: 'application/octet-stream' };
const announce = (client: Client, fileSize?: number) =>
  client.send<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    ...description,
    ...(fileSize !== undefined && { fileSize }),
  });
const register = (client: Client, s3Key: string, size: number) =>
  client.send<FileView>('POST', '/v1/files', {
    s3Key,
    size,
    originalName: description.filename,
    mimeType: description.contentType,
  });

async function putParts(client: Client, fileSize: number, parts: readonly number[]) {
  const begun = await client.send<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    ...description,
    fileSize,
  });
  if (begun.status !== 200) return { begun, statuses: [], complete: undefined };
  const tenant = { key: begun.json.key, uploadId: begun.json.uploadId };
  const sent: { partNumber: number; etag: string }[] = [];
  const statuses: number[] = [];
  for (const [index, size] of parts.entries()) {
    const partNumber = index + 1;
    const signed = await client.send<{ url: string }>('POST', '/v1/files/multipart/presigned-url', {
      ...tenant,
      partNumber,
    });
    if (signed.status !== 200) {
      statuses.push(signed.status);
      continue;
    }
    const answer = await putBytes(signed.json.url, new Uint8Array(size));
    await answer.arrayBuffer();
    statuses.push(answer.status);
    if (answer.ok) sent.push({ partNumber, etag: answer.headers.get('etag') ?? '' });
  }
  const complete = await client.send('POST', '/v1/files/multipart/complete', { ...tenant, parts: sent });
  return { begun, statuses, complete };
}

const usage = async (client: Client) => (await client.ask<{ files: number }>('GET', '/v1/usage')).files;

describe('no limit of size is passed', () => {
  it.each([7 * mebibyte, 5, 0, -1, 2 ** 53, 0.5])('by announcing %s bytes', async (size) => {
    expect((await announce(alice, size)).status).toBe(400);
  });

  it.each([
    ['too many', 7 * mebibyte],
    ['too few', 5],
  ])('by announcing nothing and sending %s', async (_, size) => {
    const { json } = await announce(alice);
    const sent = await putBytes(json.url, new Uint8Array(size), description.contentType);
    await sent.arrayBuffer();
    expect((await register(alice, json.key, size)).status).toBeGreaterThanOrEqual(400);
    expect(await usage(alice)).toBe(0);
  });

  it('by announcing another size than is sent', async () => {
    const { json } = await announce(alice, 100);
    const sent = await putBytes(json.url, new Uint8Array(7 * mebibyte), description.contentType);
    await sent.arrayBuffer();
    expect(sent.status).toBe(403);
    expect((await register(alice, json.key, 100)).status).toBeGreaterThanOrEqual(400);
  });

  it('by parts that are more than was announced', async () => {
    const { begun, statuses, complete } = await putParts(
      alice,
      6 * mebibyte,
      [5, 5, 5].map((size) => size * mebibyte),
    );
    expect(statuses).toEqual([200, 400, 400]);
    if (complete?.status === 200) {
      const { key } = begun.json;
      expect((await register(alice, key, 15 * mebibyte)).status).toBeGreaterThanOrEqual(400);
      expect((await register(alice, key, 6 * mebibyte)).status).toBeGreaterThanOrEqual(400);
    } else expect(complete?.status).toBeGreaterThanOrEqual(400);
    expect(await usage(alice)).toBe(0);
  });

  it('by parts of more than is allowed at all', async () => {
    expect((await putParts(alice, 20 * mebibyte, [])).begun.status).toBe(400);
  });

  it('by saying less at registering than is there', async () => {
    const { json } = await announce(alice);
    await (await putBytes(json.url, new Uint8Array(7 * mebibyte), description.contentType)).arrayBuffer();
    expect((await register(alice, json.key, 100)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('open uploads', () => {
  it('of one owner are bounded in number, and leave others alone', async () => {
    const target = await createAttackedTenant();
    await configure(target, 'quotas.openUploads=5');
    const mallory = target.user('mallory');
    await expect
      .poll(async () => (await announce(mallory, 1000)).status, { timeout: 10_000, interval: 200 })
      .toBe(429);
    expect(await mallory.refusal('POST', '/v1/files/presigned-url', { ...description })).toMatchObject({
      code: 'file/too-many-open-uploads',
    });
    expect((await putParts(mallory, 5 * mebibyte, [])).begun.status).toBe(429);
    expect((await announce(target.user('alice'), 1000)).status).toBe(200);
  });

  it('of one owner are bounded in bytes, announced or not', async () => {
    const target = await createAttackedTenant();
    await configure(target, `quotas.openUploadBytes=${10 * mebibyte}`);
    const mallory = target.user('mallory');
    await expect
      .poll(async () => (await announce(mallory, 4 * mebibyte)).status, { timeout: 10_000, interval: 200 })
      .toBe(429);
    expect((await putParts(mallory, 6 * mebibyte, [])).begun.status).toBe(429);
  });

  it('do not become fewer by registering and using their URL again', async () => {
    const target = await createAttackedTenant();
    await configure(target, 'quotas.openUploads=5');
    const mallory = target.user('mallory');
    const statuses: number[] = [];
    // At most 5 at a time may be pending, whatever is done with their URLs.
    for (let upload = 0; upload < 12; upload += 1) {
      const { status, json } = await announce(mallory, 10);
      statuses.push(status);
      if (status !== 200) break;
      await (await putBytes(json.url, new Uint8Array(10), description.contentType)).arrayBuffer();
    }
    expect(statuses.at(-1)).toBe(429);
  });
});
