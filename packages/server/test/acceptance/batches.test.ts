import type {
  DownloadUrlsAnswer,
  FileView,
  ItemError,
  PresignUploadAnswer,
  PresignUploadsAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

interface RegisterFilesAnswer {
  readonly results: readonly ({ readonly file: FileView } | ItemError)[];
}

let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

const bytes = new TextEncoder().encode('hello');
const request = (filename: string) => ({ filename, contentType: 'text/plain', fileSize: bytes.length });
const registration = (key: string, originalName: string) => ({
  s3Key: key,
  originalName,
  mimeType: 'text/plain',
  size: bytes.length,
});

async function presign(client: Client, names: readonly string[]): Promise<PresignUploadAnswer[]> {
  const files = names.map(request);
  const { uploads } = await client.ask<PresignUploadsAnswer>('POST', '/v1/files/presigned-urls', { files });
  return uploads as PresignUploadAnswer[];
}

describe('a batch of uploads', () => {
  it('is presigned, sent and registered in the order that it was asked for', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `note ${index}.txt`);
    const uploads = await presign(alice, names);
    expect(uploads.map(({ filename }) => filename)).toEqual(names);
    await Promise.all(uploads.map(({ url }) => putBytes(url, bytes, 'text/plain')));
    const { results } = await alice.ask<RegisterFilesAnswer>('POST', '/v1/files/batch', {
      files: uploads.map(({ key, filename }) => registration(key, filename)),
    });
    const files = results.map((result) => ('file' in result ? result.file : result));
    expect(files).toMatchObject(
      uploads.map(({ key, filename, fileId }) => ({ id: fileId, s3Key: key, originalName: filename })),
    );
  });

  it('has an error for each file that is refused, and goes on with the others', async () => {
    const files = [request('a.txt'), request('../b.txt'), { ...request('c.txt'), fileSize: -1 }];
    const { uploads } = await alice.ask<PresignUploadsAnswer>('POST', '/v1/files/presigned-urls', { files });
    expect(uploads).toEqual([
      expect.objectContaining({ filename: 'a.txt' }),
      { error: expect.objectContaining({ code: 'file/invalid-name', message: expect.any(String) }) },
      { error: expect.objectContaining({ code: 'file/size-negative' }) },
    ]);
  });

  it('registers what is there, once, for those who may', async () => {
    const [sent, unsent] = await presign(alice, ['sent.txt', 'unsent.txt']);
    const [strange] = await presign(bob, ['of bob.txt']);
    if (!sent || !unsent || !strange) throw new Error('presigning failed');
    await Promise.all([sent, strange].map(({ url }) => putBytes(url, bytes, 'text/plain')));
    const body = {
      files: [sent, unsent, strange, sent].map(({ key, filename }) => registration(key, filename)),
    };
    const { results } = await alice.ask<RegisterFilesAnswer>('POST', '/v1/files/batch', body);
    const outcomes = results.map((result) => ('file' in result ? result.file.id : result.error.code));
    expect(outcomes.slice(1, 3)).toEqual(['file/upload-incomplete', 'file/access-denied']);
    expect([outcomes[0], outcomes[3]].sort()).toEqual([sent.fileId, 'file/s3-key-already-exists'].sort());
  });

  it('answers a malformed file as it is answered alone, and goes on with the others', async () => {
    const malformed = [{}, null, [], 'text', { ...request('a.txt'), fileSize: 'large', visibility: 'all' }];
    const asked = [...malformed, { ...registration('k', 'a.txt'), metadata: { unknown: 1 } }];
    for (const [batch, alone] of [
      ['presigned-urls', 'files/presigned-url'],
      ['batch', 'files'],
    ]) {
      const files = [...asked, batch === 'batch' ? registration('no key', 'a.txt') : request('a.txt')];
      const answers = await alice.ask<Record<string, ItemError[]>>('POST', `/v1/files/${batch}`, { files });
      const [items = []] = Object.values(answers);
      expect(items).toHaveLength(files.length);
      for (const [index, file] of files.slice(0, -1).entries()) {
        const { json } = await alice.send('POST', `/v1/${alone}`, file);
        const { error } = json as ItemError;
        expect(error.code).toBe('common/invalid-parameters');
        expect(items[index]).toEqual({ error });
      }
      expect(items.at(-1)?.error?.code).not.toBe('common/invalid-parameters');
    }
  });

  it.each([
    ['presigned-urls', [], 'files'],
    ['presigned-urls', Array(101).fill(request('a.txt')), 'files'],
    ['presigned-urls', { 0: request('a.txt') }, 'files'],
    ['batch', undefined, 'files'],
    ['batch', Array(101).fill(registration('k', 'a.txt')), 'files'],
  ])('is refused as a whole, with the field, where its form is wrong: %s %j', async (path, files, field) => {
    const answer = await alice.send('POST', `/v1/files/${path}`, { files });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: { code: 'common/invalid-parameters', details: { issues: [{ field }] } },
    });
  });
});

describe('a batch of download URLs', () => {
  it('has a URL for each file that the caller may read, and an error for each other', async () => {
    const [open, closed, trashed] = await Promise.all([
      uploadFile(alice, { visibility: 'public' }),
      uploadFile(alice, { visibility: 'private' }),
      uploadFile(alice, { visibility: 'public' }),
    ]);
    await alice.ask('DELETE', `/v1/files/${trashed.id}?trash=true`);
    const ids = [closed.id, trashed.id, open.id.toUpperCase(), 'no id', open.id];
    const ask = async (client: Client) => {
      const { urls } = await client.ask<DownloadUrlsAnswer>('POST', '/v1/files/download-urls', { ids });
      expect(urls.map(({ id }) => id)).toEqual(ids);
      return urls;
    };
    const contents = async (answers: DownloadUrlsAnswer['urls']) =>
      Promise.all(
        answers.map(async (answer) =>
          'url' in answer ? (await fetch(answer.url)).text() : answer.error.code,
        ),
      );
    expect(await contents(await ask(alice))).toEqual([
      'hello',
      'file/not-found',
      'hello',
      'file/not-found',
      'hello',
    ]);
    for (const client of [bob, tenant.guest]) {
      expect(await contents(await ask(client))).toEqual([
        'file/access-denied',
        'file/not-found',
        'hello',
        'file/not-found',
        'hello',
      ]);
    }
  });

  it('answers a malformed id with an error, and goes on with the others', async () => {
    const { id } = await uploadFile(alice);
    const ids = [id, 7, null, { id }, [id], '', 'x'.repeat(256), '\0', id];
    const { urls } = await alice.ask<DownloadUrlsAnswer>('POST', '/v1/files/download-urls', { ids });
    expect(urls.map((answer) => answer.id)).toEqual(
      ids.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
    );
    expect(urls.map((answer) => ('error' in answer ? answer.error.code : 'url'))).toEqual([
      'url',
      ...Array(4).fill('common/invalid-parameters'),
      'file/not-found',
      'common/invalid-parameters',
      'file/not-found',
      'url',
    ]);
  });

  it('has URLs with the life and disposition that were asked for', async () => {
    const file = await uploadFile(alice);
    const { urls } = await alice.ask<DownloadUrlsAnswer>('POST', '/v1/files/download-urls', {
      ids: [file.id],
      expiresIn: 60,
      disposition: 'inline',
    });
    const [answer] = urls;
    if (!answer || !('url' in answer)) throw new Error('no URL');
    expect(Date.parse(answer.expiresAt) - Date.now()).toBeLessThan(61_000);
    expect((await fetch(answer.url)).headers.get('content-disposition')).toMatch(/^inline/);
  });
});
