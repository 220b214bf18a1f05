import { createHash } from 'node:crypto';
import type { DownloadUrlAnswer, FileView, InitMultipartAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import {
  ifMatch,
  listVersions,
  replaceContents,
  sendContents,
} from '../../../test-support/src/api/contents.ts';
import { completeMultipart, initMultipart, sendPart } from '../../../test-support/src/api/multipart.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
const bytesOf = (text: string) => new TextEncoder().encode(text);
const etagOf = (text: string) => createHash('md5').update(text).digest('hex');

let tenant: Tenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

async function readText(client: Client, fileId: string): Promise<string> {
  const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${fileId}/download-url`);
  return (await fetch(url)).text();
}

describe('new contents of a file', () => {
  it('change its bytes, ETag, size, type and version, and nothing else', async () => {
    const file = await uploadFile(alice, {
      ...{ visibility: 'shared', sharedWith: ['bob'], metadata: { alt: 'A' }, width: 2, height: 3 },
    });
    expect(file.version).toBe(1);
    const request = await sendContents(alice, file.id, {
      bytes: bytesOf('# Notes'),
      mimeType: 'text/markdown',
    });
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);

    const replaced = await alice.ask<FileView>('PUT', `/v1/files/${file.id}/content`, request);
    const { width: _, height: __, ...others } = file;
    expect(replaced).toEqual({
      ...others,
      ...{ etag: etagOf('# Notes'), size: 7, mimeType: 'text/markdown', version: 2 },
      updatedAt: expect.any(String),
    });
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(replaced);
    const { url, ...facts } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    expect(facts).toMatchObject({ filename: file.originalName, contentType: 'text/markdown', size: 7 });
    const answer = await fetch(url);
    expect(answer.headers.get('etag')).toBe(`"${replaced.etag}"`);
    expect(await answer.text()).toBe('# Notes');
  });

  it('have the width and height that are given with them', async () => {
    const file = await uploadFile(alice, { width: 2, height: 3 });
    const sized = await replaceContents(alice, file.id, { bytes: bytesOf('x'), width: 20, height: 30 });
    expect(sized).toMatchObject({ width: 20, height: 30 });
  });

  it('come in parts, too', async () => {
    const file = await uploadFile(alice);
    const upload = await initMultipart(alice, {
      ...{ filename: 'a.txt', contentType: 'text/plain', fileSize: 5, fileId: file.id },
    });
    const parts = [await sendPart(alice, upload, { partNumber: 1, bytes: bytesOf('parts') })];
    expect((await completeMultipart(alice, upload, parts)).status).toBe(200);
    const request = { uploadKey: upload.key, size: 5, mimeType: 'text/plain' };
    const path = `/v1/files/${file.id}/content`;
    const replaced = await alice.ask<FileView>('PUT', path, request);
    expect(replaced).toMatchObject({ version: 2, size: 5 });
    expect(await readText(alice, file.id)).toBe('parts');
    // A client that has lost its answers repeats both.
    expect((await completeMultipart(alice, upload, parts)).status).toBe(200);
    expect(await alice.ask('PUT', path, request)).toEqual(replaced);
  });

  it('are the same when the request is repeated, and are no new version then', async () => {
    const file = await uploadFile(alice);
    const request = await sendContents(alice, file.id, { bytes: bytesOf('once') });
    const path = `/v1/files/${file.id}/content`;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ifMatch(apiUrl, alice, file.etag).send<FileView>('PUT', path, request)),
    );
    for (const { status, json } of answers) expect([status, json.version]).toEqual([200, 2]);
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ version: 2 });
  });

  it('of any number of concurrent writers replace those before, one after the other', async () => {
    const { id } = await uploadFile(alice);
    const texts = Array.from({ length: 12 }, (_, number) => `contents ${number}`);
    const made = await Promise.all(texts.map((text) => replaceContents(alice, id, { bytes: bytesOf(text) })));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      texts.map((_, index) => index + 2),
    );
    const last = made.find(({ version }) => version === texts.length + 1);
    expect(await alice.ask('GET', `/v1/files/${id}`)).toEqual(last);
  });

  it('leave what a reader has begun to read, and what a URL given before leads to', async () => {
    const long = new Uint8Array(3_000_000).fill(65);
    const { id } = await uploadFile(alice, { bytes: long });
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`);
    const reading = await fetch(url);
    const chunks = reading.body?.getReader();
    const first = await chunks?.read();
    await replaceContents(alice, id, { bytes: bytesOf('short') });
    let read = first?.value?.length ?? 0;
    for (;;) {
      const next = await chunks?.read();
      if (next?.done !== false) break;
      read += next.value.length;
    }
    expect(read).toBe(long.length);
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(long.length);
    expect(await readText(alice, id)).toBe('short');
  });

  it('are served by the images host under the same URL', async () => {
    const file = await uploadFile(alice, { visibility: 'public' });
    const read = async () => (await fetch(file.url ?? '')).text();
    expect(await read()).toBe('hello');
    await replaceContents(alice, file.id, { bytes: bytesOf('good morning') });
    await expect.poll(read, { timeout: 5_000 }).toBe('good morning');
  });
});

describe('with If-Match', () => {
  it('contents are refused that others have replaced meanwhile, and their upload can still be used', async () => {
    const file = await uploadFile(alice);
    const path = `/v1/files/${file.id}/content`;
    const mine = await sendContents(alice, file.id, { bytes: bytesOf('mine') });
    const theirs = await replaceContents(alice, file.id, { bytes: bytesOf('theirs') });
    const refusal = await ifMatch(apiUrl, alice, file.etag).refusal('PUT', path, mine);
    const details = { etag: theirs.etag, version: 2 };
    expect(refusal).toMatchObject({ status: 412, code: 'file/version-conflict', details });
    const made = await ifMatch(apiUrl, alice, theirs.etag).ask('PUT', path, mine);
    expect(made).toMatchObject({ version: 3, etag: etagOf('mine') });
  });

  it('one of each pair of writers passes', async () => {
    let { id, etag } = await uploadFile(alice);
    for (let round = 0; round < 10; round += 1) {
      const pair = await Promise.all(
        ['a', 'b'].map((who) => sendContents(alice, id, { bytes: bytesOf(`${who} ${round}`) })),
      );
      const client = ifMatch(apiUrl, alice, etag);
      const answers = await Promise.all(
        pair.map((request) => client.send<FileView>('PUT', `/v1/files/${id}/content`, request)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      etag = (await alice.ask<FileView>('GET', `/v1/files/${id}`)).etag;
    }
  });
});

describe('an upload', () => {
  it('of new contents makes no file, and one of a file no contents', async () => {
    const file = await uploadFile(alice);
    const other = await uploadFile(alice);
    const { uploadKey, size, mimeType } = await sendContents(alice, file.id, { bytes: bytesOf('x') });
    const registration = { s3Key: uploadKey, originalName: 'a.txt', mimeType, size };
    const notFound = { status: 404, code: 'file/upload-not-found' };
    expect(await alice.refusal('POST', '/v1/files', registration)).toMatchObject(notFound);
    const { s3Key } = await sendFile(alice);
    for (const [id, key] of [
      [file.id, s3Key],
      [file.id, other.s3Key],
      [file.id, file.s3Key],
      [other.id, uploadKey],
    ] as const) {
      const request = { uploadKey: key, size: 5, mimeType: 'text/plain' };
      expect(await alice.refusal('PUT', `/v1/files/${id}/content`, request)).toMatchObject(notFound);
    }
    expect(await listVersions(alice, file.id)).toEqual([]);
  });

  it('whose URL is used again after it became the contents changes nothing that is read', async () => {
    const file = await uploadFile(alice, { visibility: 'public' });
    const path = `/v1/files/${file.id}/content/presigned-url`;
    const presigned = await alice.ask<{ url: string; key: string }>('POST', path, {
      contentType: 'text/plain',
    });
    const put = (text: string) => putBytes(presigned.url, bytesOf(text), 'text/plain');
    await put('approved');
    const request = { uploadKey: presigned.key, size: 8, mimeType: 'text/plain' };
    await alice.ask('PUT', `/v1/files/${file.id}/content`, request);
    for (const text of ['rejected', 'x']) {
      await put(text);
      expect(await alice.ask('PUT', `/v1/files/${file.id}/content`, request)).toMatchObject({
        version: 2,
        etag: etagOf('approved'),
      });
      expect(await readText(alice, file.id)).toBe('approved');
    }
  });

  it('has to have the size and the type that it is said to have, and bytes', async () => {
    const { id } = await uploadFile(alice);
    const path = `/v1/files/${id}/content`;
    const request = await sendContents(alice, id, { bytes: bytesOf('four') });
    const refusedWith = (fields: object) => alice.refusal('PUT', path, { ...request, ...fields });
    expect(await refusedWith({ size: 5 })).toMatchObject({ code: 'file/size-mismatch' });
    expect(await refusedWith({ mimeType: 'text/html' })).toMatchObject({ code: 'file/invalid-format' });
    const { key } = await alice.ask<InitMultipartAnswer>('POST', `${path}/presigned-url`, {
      contentType: 'text/plain',
    });
    expect(await refusedWith({ uploadKey: key })).toMatchObject({ code: 'file/upload-incomplete' });
    expect(await alice.ask('PUT', path, request)).toMatchObject({ version: 2 });
  });

  it('of a type that the file’s category does not take is refused before it begins', async () => {
    const { id } = await uploadFile(alice, { mimeType: 'image/png', category: 'images' });
    const path = `/v1/files/${id}/content/presigned-url`;
    expect(await alice.refusal('POST', path, { contentType: 'text/plain' })).toMatchObject({
      code: 'file/invalid-format',
    });
  });
});
