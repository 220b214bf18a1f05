import { beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
beforeAll(async () => {
  alice = tested.storageOf('alice');
  const { api, secretKey } = tested.service;
  const answer = await fetch(`${api.url}/v1/environment`, {
    method: 'PATCH',
    headers: { 'X-API-Key': secretKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ 'versions.keep': 5 }),
  });
  expect(answer.status).toBe(200);
});

const inParts = seededBytes(3, 16 * 2 ** 20 + 100_003);

async function versionsOf(fileId: string) {
  const versions = [];
  for await (const version of alice.versions(fileId)) versions.push(version);
  return versions;
}

describe('an upload with fileId', { timeout: 30_000 }, () => {
  test('gives the file new contents, in one PUT and in parts', async () => {
    const file = await alice.upload('first', { filename: 'a.txt', visibility: 'public' });
    const second = await alice.upload('second', { fileId: file.id, contentType: 'text/markdown', width: 4 });
    expect(second).toMatchObject({
      ...{ id: file.id, s3Key: file.s3Key, originalName: 'a.txt', visibility: 'public' },
      ...{ version: 2, size: 6, mimeType: 'text/markdown', width: 4 },
    });
    const third = await alice.upload(new Blob([inParts]), { fileId: file.id });
    expect(third).toMatchObject({ id: file.id, version: 3, size: inParts.length });
    const response = await alice.download(file.id);
    expect(Buffer.from(await response.arrayBuffer()).equals(inParts)).toBe(true);
  });

  test('is refused with ifMatch of other contents, and leaves the file alone', async () => {
    const file = await alice.upload('first');
    await alice.upload('second', { fileId: file.id, ifMatch: file.etag });
    const third = alice.upload('third', { fileId: file.id, ifMatch: file.etag });
    expect(await errorOf(third)).toMatchObject({ code: 'file/version-conflict', status: 412 });
    expect(await (await alice.download(file.id)).text()).toBe('second');
  });
});

describe('versions', { timeout: 30_000 }, () => {
  test('are listed, downloaded, restored and deleted', async () => {
    const { id } = await alice.upload('first');
    await alice.upload('second', { fileId: id });
    await alice.upload('third', { fileId: id });
    const [second, first] = await versionsOf(id);
    expect([second, first]).toMatchObject([{ version: 2 }, { version: 1, createdBy: 'alice' }]);
    const { versionId = '' } = first ?? {};
    expect(await (await alice.download(id, { versionId })).text()).toBe('first');
    expect(await alice.downloadUrl(id, { versionId })).toMatchObject({ size: 5 });
    expect(await alice.restoreVersion(id, versionId)).toMatchObject({ version: 4, size: 5 });
    await alice.deleteVersion(id, second?.versionId ?? '');
    expect((await versionsOf(id)).map(({ version }) => version)).toEqual([3]);
    const gone = alice.deleteVersion(id, second?.versionId ?? '');
    expect(await errorOf(gone)).toMatchObject({ code: 'file/version-not-found' });
  });

  test('a copy has the newest contents, and none of the versions', async () => {
    const { id } = await alice.upload('first', { filename: 'a.txt' });
    await alice.upload('second', { fileId: id });
    const copy = await alice.copy(id, { originalName: 'b.txt' });
    expect(copy).toMatchObject({ originalName: 'b.txt', version: 1, size: 6 });
    expect(await (await alice.download(copy.id)).text()).toBe('second');
    expect(await versionsOf(copy.id)).toEqual([]);
  });
});

describe('a download that is interrupted', { timeout: 30_000 }, () => {
  /** Begins a download whose first connection breaks, and replaces the contents meanwhile. */
  async function downloadMeanwhile(onBreak: () => { kind: 'refuse'; status: number } | undefined) {
    const { id } = await alice.upload(new Blob([inParts]));
    let times = 0;
    tested.service.objects.decide = ({ method }) => {
      if (method !== 'GET') return undefined;
      times += 1;
      return times === 1 ? { kind: 'cut-answer', afterBytes: 1_000_000 } : onBreak();
    };
    const response = await alice.download(id);
    await alice.upload('other contents', { fileId: id });
    return response.arrayBuffer();
  }

  test('goes on with the contents that it began with', async () => {
    const bytes = await downloadMeanwhile(() => undefined);
    expect(Buffer.from(bytes).equals(inParts)).toBe(true);
  });

  test('fails when its URL has expired and the next one leads to other contents', async () => {
    let refused = false;
    const onBreak = () => {
      if (refused) return undefined;
      refused = true;
      return { kind: 'refuse', status: 403 } as const;
    };
    expect(await errorOf(downloadMeanwhile(onBreak))).toMatchObject({ code: 'client/source-changed' });
  });
});

describe('a change with ifMatch', { timeout: 30_000 }, () => {
  test.each<[string, (id: string, ifMatch: string) => Promise<unknown>]>([
    ['update', (id, ifMatch) => alice.update(id, { originalName: 'new.txt' }, { ifMatch })],
    ['trash', (id, ifMatch) => alice.trash(id, { ifMatch })],
    ['restore', (id, ifMatch) => alice.restore(id, { ifMatch })],
    ['delete', (id, ifMatch) => alice.delete(id, { ifMatch })],
  ])('is made only while the file has these contents: %s', async (_, change) => {
    const { id, etag: before } = await alice.upload('first', { filename: 'a.txt' });
    const { etag } = await alice.upload('second', { fileId: id });
    const file = await alice.get(id);
    expect(await errorOf(change(id, before))).toMatchObject({ code: 'file/version-conflict', status: 412 });
    expect(await alice.get(id)).toEqual(file);
    await change(id, etag);
  });
});
