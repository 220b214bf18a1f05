import type { DownloadUrlAnswer, FileVersion, FileView, UsageAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listVersions, replaceContents } from '../../../test-support/src/api/contents.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const unknownId = '0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000';

let tenant: Tenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  await tenant.admin.ask('PATCH', '/v1/environment', { 'versions.keep': 3 });
});

/** A file that had each of these contents, the last of which it has now. */
async function fileOf(...texts: string[]): Promise<FileView> {
  const [first = '', ...others] = texts;
  let file = await uploadFile(alice, { bytes: bytesOf(first) });
  for (const text of others) file = await replaceContents(alice, file.id, { bytes: bytesOf(text) });
  return file;
}

async function readText(client: Client, fileId: string, versionId?: string): Promise<string> {
  const path = `/v1/files/${fileId}/download-url`;
  const body = versionId === undefined ? {} : { versionId };
  const { url, size } = await client.ask<DownloadUrlAnswer>('POST', path, body);
  const text = await (await fetch(url)).text();
  expect(text.length).toBe(size);
  return text;
}

async function readAll(file: FileView): Promise<string[]> {
  const versions = await listVersions(alice, file.id);
  return Promise.all(versions.map(({ versionId }) => readText(alice, file.id, versionId)));
}

describe('versions', () => {
  it('are what a file had before, the latest first, with their facts', async () => {
    const first = await uploadFile(alice, { bytes: bytesOf('one') });
    expect(await listVersions(alice, first.id)).toEqual([]);
    const second = await replaceContents(tenant.admin, first.id, {
      bytes: bytesOf('second'),
      mimeType: 'text/html',
    });
    await replaceContents(alice, first.id, { bytes: bytesOf('3') });
    const versions = await listVersions(alice, first.id);
    expect(versions).toEqual([
      {
        ...{ versionId: expect.any(String), version: 2, size: 6, mimeType: 'text/html', etag: second.etag },
        ...{ createdAt: second.updatedAt, createdBy: tenant.secret.id },
      },
      {
        ...{ versionId: expect.any(String), version: 1, size: 3, mimeType: 'text/plain', etag: first.etag },
        ...{ createdAt: first.createdAt, createdBy: 'alice' },
      },
    ]);
    expect(await readAll(first)).toEqual(['second', 'one']);
    expect(await readText(alice, first.id)).toBe('3');
  });

  it('are kept up to the number of the environment, and read a page at a time', async () => {
    const file = await fileOf('1', '2', '3', '4', '5', '6');
    expect(file.version).toBe(6);
    for (const limit of [1, 2, 3]) {
      const versions = await listVersions(alice, file.id, limit);
      expect(versions.map(({ version }) => version)).toEqual([5, 4, 3]);
    }
    const path = `/v1/files/${file.id}/versions`;
    for (const cursor of ['x', '-1', '0', '1.5', '99999999999']) {
      const refused = await alice.refusal('GET', `${path}?cursor=${cursor}`);
      expect(refused).toMatchObject({ code: 'common/invalid-parameters' });
    }
  });

  it('count in the usage until they go, and in no category or visibility', async () => {
    const carol = await tenant.user('carol');
    const usage = () => carol.ask<UsageAnswer>('GET', '/v1/usage');
    const { id } = await uploadFile(carol, { bytes: bytesOf('12345'), category: 'documents' });
    await replaceContents(carol, id, { bytes: bytesOf('123') });
    await replaceContents(carol, id, { bytes: bytesOf('1') });
    const now = { files: 1, bytes: 1 };
    const counted = await usage();
    expect(counted).toMatchObject({ files: 1, bytes: 9, versions: { count: 2, bytes: 8 } });
    expect([counted.byCategory.documents, counted.byVisibility.private]).toEqual([now, now]);
    await carol.ask('PATCH', `/v1/files/${id}`, { visibility: 'public' });
    expect(await usage()).toMatchObject({ bytes: 9, byVisibility: { public: now }, versions: { bytes: 8 } });
    const [, first] = await listVersions(carol, id);
    await carol.ask('DELETE', `/v1/files/${id}/versions/${first?.versionId}`);
    expect(await usage()).toMatchObject({ files: 1, bytes: 4, versions: { count: 1, bytes: 3 } });
    await carol.ask('DELETE', `/v1/files/${id}`);
    expect(await usage()).toMatchObject({ files: 0, bytes: 0, versions: { count: 0, bytes: 0 } });
  });

  it('are given to owner and admins alone, also where others read the file', async () => {
    const { id } = await fileOf('secret draft', 'published');
    await alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'public' });
    const [draft] = await listVersions(tenant.admin, id);
    const { versionId = '' } = draft ?? {};
    expect(await readText(tenant.admin, id, versionId)).toBe('secret draft');
    for (const other of [await tenant.user('bob'), tenant.guest]) {
      expect(await readText(other, id)).toBe('published');
      for (const path of [`download-url?versionId=${versionId}`, `download-url?versionId=${unknownId}`]) {
        expect(await other.refusal('GET', `/v1/files/${id}/${path}`)).toMatchObject({
          status: 403,
          code: 'file/access-denied',
        });
      }
    }
  });
});

describe('restoring a version', () => {
  it('makes it what the file has, under a new number, and what the file had a version', async () => {
    const { id } = await fileOf('one', 'two', 'three');
    const [, first] = await listVersions(alice, id);
    const path = `/v1/files/${id}/versions/${first?.versionId}/restore`;
    const restored = await alice.ask<FileView>('POST', path);
    expect(restored).toMatchObject({ version: 4, etag: first?.etag, size: 3 });
    expect(await readText(alice, id)).toBe('one');
    expect((await listVersions(alice, id)).map(({ version }) => version)).toEqual([3, 2]);
    expect(await readAll(restored)).toEqual(['three', 'two']);
    // A client that has lost the answer repeats the request.
    expect(await alice.ask('POST', path)).toEqual(restored);
    const next = await replaceContents(alice, id, { bytes: bytesOf('five') });
    expect(await readAll(next)).toEqual(['one', 'three', 'two']);
  });

  it('and others, concurrently, loses none', async () => {
    const { id } = await fileOf('one', 'two', 'three');
    const versions = await listVersions(alice, id);
    const restored = await Promise.all(
      versions.map(({ versionId }) =>
        alice.ask<FileView>('POST', `/v1/files/${id}/versions/${versionId}/restore`),
      ),
    );
    expect(restored.map(({ version }) => version).sort()).toEqual([4, 5]);
    const left = await readAll(restored[0] as FileView);
    expect([...left, await readText(alice, id)].sort()).toEqual(['one', 'three', 'two']);
  });
});

describe('a version that there is none of', () => {
  it('is answered as such, also after it was deleted', async () => {
    const file = await fileOf('one', 'two');
    const other = await fileOf('three', 'four');
    const [gone] = await listVersions(alice, file.id);
    const [foreign] = await listVersions(alice, other.id);
    await alice.ask('DELETE', `/v1/files/${file.id}/versions/${gone?.versionId}`);
    const ids = [gone, foreign].map((version: FileVersion | undefined) => version?.versionId ?? '');
    for (const versionId of [...ids, unknownId, 'x', '%00']) {
      const path = `/v1/files/${file.id}/versions/${versionId}`;
      const refusals = [
        await alice.refusal('GET', `/v1/files/${file.id}/download-url?versionId=${versionId}`),
        await alice.refusal('POST', `/v1/files/${file.id}/download-url`, { versionId }),
        await alice.refusal('POST', `${path}/restore`),
        await alice.refusal('DELETE', path),
      ];
      for (const refusal of refusals)
        expect(refusal).toMatchObject({ status: 404, code: 'file/version-not-found' });
    }
    expect(await readText(alice, file.id)).toBe('two');
  });
});
