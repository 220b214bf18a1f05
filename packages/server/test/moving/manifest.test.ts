import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { jsonLines, makeFolder, readBytes, runImport } from './moving.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await createTenant();
});

const find = (id: string) => tenant.admin.ask<FileView>('GET', `/v1/files/${id}`);
const usage = () => tenant.admin.ask<{ files: number; bytes: number }>('GET', '/v1/usage?scope=tenant');

describe('import of a manifest', () => {
  it('keeps ids, keys, owners, dates, names, metadata and bytes', async () => {
    const id = randomUUID();
    const s3Key = `old/${id}/my photo 사진.jpg`;
    const record = {
      id,
      s3Key,
      originalName: '사진.jpg',
      mimeType: 'image/jpeg',
      ownerId: 'alice',
      visibility: 'shared',
      sharedWith: ['bob'],
      metadata: { tags: ['a'], custom: { deep: [1, null] } },
      folder: 'trips/2019',
      createdAt: '2019-05-06T07:08:09.123Z',
    };
    await using folder = await makeFolder({
      'photos/a.jpg': '\0he bytes',
      'm.jsonl': jsonLines([{ path: 'photos/a.jpg', ...record }]),
    });
    const { code, counts } = await runImport(tenant, join(folder.path, 'm.jsonl'));
    expect({ code, counts }).toEqual({ code: 0, counts: { imported: 1, bytes: 9, present: 0, failed: 0 } });
    expect(await find(id)).toMatchObject({
      ...record,
      size: 9,
      ownerType: 'user',
      category: 'images',
      updatedAt: record.createdAt,
    });
    expect(String(await readBytes(await tenant.user('bob'), id))).toBe('\0he bytes');
  });

  it('does only what is missing when it runs again, with ids, keys, or neither', async () => {
    const records = [
      { path: 'a.txt', id: randomUUID(), originalName: 'a.txt', mimeType: 'text/plain' },
      { path: 'a.txt', s3Key: `k/${randomUUID()}.txt`, originalName: 'b.txt', mimeType: 'text/plain' },
      { path: 'a.txt', originalName: 'c.txt', mimeType: 'text/plain', ownerId: 'carol' },
    ];
    await using folder = await makeFolder({ 'a.txt': 'abc', 'manifest.jsonl': jsonLines(records) });
    const before = await usage();
    expect((await runImport(tenant, folder.path)).counts).toMatchObject({ imported: 3, present: 0 });
    expect((await runImport(tenant, folder.path)).counts).toMatchObject({ imported: 0, present: 3 });
    const after = await usage();
    expect({ files: after.files - before.files, bytes: after.bytes - before.bytes }).toEqual({
      files: 3,
      bytes: 9,
    });
  });

  it('changes nothing in a dry run, and counts what it would import and what would fail', async () => {
    const records = [
      { path: 'a.txt', originalName: 'dry.txt', mimeType: 'text/plain' },
      { path: 'missing.txt', originalName: 'missing.txt', mimeType: 'text/plain' },
    ];
    await using folder = await makeFolder({ 'a.txt': 'abc', 'manifest.jsonl': jsonLines(records) });
    const before = await usage();
    const { code, counts } = await runImport(tenant, folder.path, { words: ['--dry-run'] });
    expect({ code, counts }).toMatchObject({
      code: 1,
      counts: { imported: 1, bytes: 0, failed: 1, dryRun: true },
    });
    expect(await usage()).toEqual(before);
  });

  it('gives owners and readers the ids of the map, of JSON and of CSV', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const of = (id: string) => ({
      ...{ path: 'a.txt', id, originalName: 'a.txt', mimeType: 'text/plain' },
      ...{ ownerId: 'old, "1"', visibility: 'shared', sharedWith: ['old-2', 'same'] },
    });
    await using folder = await makeFolder({
      'a.txt': 'abc',
      'one.jsonl': jsonLines([of(first)]),
      'two.jsonl': jsonLines([of(second)]),
      'map.json': JSON.stringify({ 'old, "1"': 'new-1', 'old-2': 'new-2' }),
      'map.csv': '"old, ""1""",new-1\r\nold-2,new-2\r\n',
    });
    for (const [manifest, map] of [
      ['one.jsonl', 'map.json'],
      ['two.jsonl', 'map.csv'],
    ] as const) {
      const words = ['--owner-map', join(folder.path, map)];
      expect(await runImport(tenant, join(folder.path, manifest), { words })).toMatchObject({ code: 0 });
    }
    for (const id of [first, second]) {
      expect(await find(id)).toMatchObject({ ownerId: 'new-1', sharedWith: ['new-2', 'same'] });
    }
  });

  it('says that a map of owners cannot be read', async () => {
    await using folder = await makeFolder({ 'manifest.jsonl': '' });
    const words = ['--owner-map', join(folder.path, 'none.csv')];
    const { code, stderr } = await runImport(tenant, folder.path, { words });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.csv cannot be read: there is no such file'),
    });
  });

  it('fetches URLs, of known and unknown length, and refuses answers that are none', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/gone') return response.writeHead(404).end('no');
      if (request.url === '/chunked') response.write('chunked ');
      else response.setHeader('content-length', '5');
      response.end(request.url === '/chunked' ? 'bytes' : 'whole');
      return undefined;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const of = (path: string, id = randomUUID()) => ({
      ...{ url: `http://127.0.0.1:${port}/${path}`, id, originalName: path, mimeType: 'text/plain' },
    });
    const [whole, chunked] = [of('whole'), of('chunked')];
    await using folder = await makeFolder({
      'manifest.jsonl': jsonLines([whole, chunked, of('gone'), { ...of('x'), url: 'file:///etc/passwd' }]),
    });
    const { code, counts, failures } = await runImport(tenant, folder.path);
    server.close();
    expect({ code, counts }).toMatchObject({ code: 1, counts: { imported: 2, failed: 2 } });
    expect(failures.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('answers 404'),
        expect.stringContaining('not an http'),
      ]),
    );
    expect(String(await readBytes(tenant.admin, whole.id))).toBe('whole');
    expect(String(await readBytes(tenant.admin, chunked.id))).toBe('chunked bytes');
  });

  it('serves an imported public file at its old key, replaces and deletes it', async () => {
    const id = randomUUID();
    const s3Key = `files/${id}/Grüße.txt`;
    const record = { id, s3Key, originalName: 'a.txt', mimeType: 'text/plain', visibility: 'public' };
    await using folder = await makeFolder({
      'a.txt': 'first',
      'manifest.jsonl': jsonLines([{ path: 'a.txt', ...record }]),
    });
    expect(await runImport(tenant, folder.path)).toMatchObject({ code: 0 });
    const { url = '' } = await find(id);
    expect(await (await fetch(url)).text()).toBe('first');
    expect(decodeURIComponent(new URL(url).pathname)).toBe(`/${s3Key}`);

    const presigned = await tenant.admin.ask<{ url: string; key: string }>(
      'POST',
      `/v1/files/${id}/content/presigned-url`,
      { contentType: 'text/plain' },
    );
    await fetch(presigned.url, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'second' });
    await tenant.admin.ask('PUT', `/v1/files/${id}/content`, {
      ...{ uploadKey: presigned.key, size: 6, mimeType: 'text/plain' },
    });
    expect(String(await readBytes(tenant.admin, id))).toBe('second');
    expect(await find(id)).toMatchObject({ id, s3Key, version: 2 });
    await tenant.admin.ask('DELETE', `/v1/files/${id}`);
    expect(await tenant.admin.refusal('GET', `/v1/files/${id}`)).toMatchObject({ code: 'file/not-found' });
  });
});

describe('an entry that cannot be imported', () => {
  const good = { path: 'a.txt', originalName: 'good.txt', mimeType: 'text/plain' };
  const taken = randomUUID();

  const faults: [string, object | string, Partial<{ code: string; message: RegExp }>][] = [
    ['is no JSON', '{"path": ', { message: /JSON/ }],
    ['is no object', '[1]', { message: /JSON object/ }],
    ['has a misspelt field', { ...good, visiblity: 'public' }, { message: /visiblity is not a field/ }],
    ['has no name', { path: 'a.txt' }, { message: /originalName/ }],
    ['has neither path nor url', { ...good, path: undefined }, { message: /path or url/ }],
    ['has a malformed id', { ...good, id: '17' }, { message: /UUID/ }],
    ['has a name with a slash', { ...good, originalName: 'a/b' }, { code: 'file/invalid-name' }],
    ['has a wrong type', { ...good, mimeType: 'text' }, { code: 'file/invalid-format' }],
    ['has an invalid folder', { ...good, folder: '../x' }, { code: 'file/invalid-folder' }],
    ['has a key with dots', { ...good, s3Key: 'a/../b' }, { code: 'file/invalid-path' }],
    ['has a key that is too long', { ...good, s3Key: 'k'.repeat(1025) }, { code: 'file/s3-key-too-long' }],
    ['has a malformed date', { ...good, createdAt: 'yesterday' }, { message: /createdAt/ }],
    ['has too much metadata', { ...good, metadata: { alt: 'x'.repeat(20_000) } }, { message: /metadata/ }],
    ['names no file', { ...good, path: 'nowhere' }, { message: /no such file/ }],
    ['names a folder', { ...good, path: '.' }, { message: /regular file/ }],
    ['names a pipe', { ...good, path: 'pipe' }, { message: /regular file/ }],
    ['names a device', { ...good, path: '/dev/zero' }, { message: /regular file/ }],
    ['is empty', { ...good, path: 'empty' }, { code: 'file/file-too-small' }],
    ['has another size', { ...good, size: 4 }, { code: 'file/size-mismatch' }],
    ['has the id of another', { ...good, id: taken, s3Key: 'other' }, { code: 'file/s3-key-already-exists' }],
  ];

  it('is reported with its line and the reason, whatever it is, and the others are imported', async () => {
    const first = { ...good, id: taken, s3Key: `t/${taken}` };
    const last = { ...good, id: randomUUID() };
    const lines = faults.map(([what, entry]) =>
      typeof entry === 'string' ? `${entry}\n` : jsonLines([{ ownerId: what, ...entry }]),
    );
    await using folder = await makeFolder({
      'a.txt': 'abc',
      empty: '',
      'manifest.jsonl': jsonLines([first]) + lines.join('') + jsonLines([last]),
    });
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    const { code: exit, counts, failures } = await runImport(tenant, folder.path);
    expect({ exit, counts }).toMatchObject({ exit: 1, counts: { imported: 2, failed: faults.length } });
    faults.forEach(([what, , { code, message = /./ }], index) => {
      const failure = failures.find(({ at }) => at === `manifest.jsonl:${index + 2}`);
      expect.soft(failure?.message, what).toMatch(message);
      if (code !== undefined) expect.soft(failure?.code, what).toBe(code);
    });
    expect(await find(last.id)).toMatchObject({ originalName: 'good.txt' });
  });

  it('is not the whole: an unknown environment, source or map is said before anything begins', async () => {
    const unknown = await runImport({ project: 'nowhere' }, import.meta.filename);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere/dev') });
    const gone = await runImport(tenant, '/nowhere/at/all');
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('/nowhere/at/all') });
  });
});
