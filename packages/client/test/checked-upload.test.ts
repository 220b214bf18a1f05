import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStorage as createInBrowser } from '../src/browser.ts';
import { createStorage as createInNode, type Storage, type StorageOptions } from '../src/node.ts';
import { seededBytes } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await writeFile(path(), large);
}, 60_000);
afterEach(() => {
  service.api.calm();
  service.objects.calm();
});
afterAll(() => service[Symbol.asyncDispose](), 60_000);

const large = seededBytes(5, 20 * 2 ** 20 + 77);
const small = seededBytes(6, 3 * 2 ** 20 + 5);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const path = () => join(service.directory, 'large.bin');

const options = (): StorageOptions => ({
  url: service.api.url,
  apiKey: service.publishableKey,
  accessToken: accessToken('alice'),
  journal: join(service.directory, 'journal'),
  retry: { firstDelaySeconds: 0.05, maxDelaySeconds: 0.5 },
});

describe.each<[string, () => Storage]>([
  ['in Node', () => createInNode(options())],
  // With what browsers have: the digest is our own there.
  ['with what browsers have', () => createInBrowser({ ...options(), journal: false })],
])('the SHA-256 of an upload, %s,', { timeout: 60_000 }, (where, open) => {
  const sources: [string, () => Parameters<Storage['upload']>[0], Buffer][] = [
    ['text', () => 'text', Buffer.from('text')],
    ['bytes', () => small, small],
    ['a Blob in parts', () => new Blob([large]), large],
    ['a short stream', () => new Blob([small]).stream(), small],
    ['a long stream', () => Readable.from([large.subarray(0, 9e6), large.subarray(9e6)]), large],
  ];
  if (where === 'in Node') sources.push(['a path', () => ({ path: path() }), large]);

  test.each(sources)('of %s is that of its bytes, and is kept with the file', async (_, source, bytes) => {
    const storage = open();
    const file = await storage.upload(source(), { sha256: true, metadata: { custom: { mine: 1 } } });
    expect(file.sha256).toBe(sha256(bytes));
    expect((await storage.get(file.id)).metadata.custom).toEqual({ mine: 1, sha256: sha256(bytes) });
  });

  test.each([
    ['one PUT', small],
    ['parts', large],
  ])('finds a byte that was damaged on its way, in %s, and leaves no file', async (_, bytes) => {
    const storage = open();
    const metadata = { tags: [`damaged-${where}`] };
    let puts = 0;
    service.objects.decide = ({ method }) =>
      method === 'PUT' && ++puts === 1 ? { kind: 'damage', atByte: 2_000_000 } : undefined;
    const failure = await storage.upload(new Blob([bytes]), { sha256: true, metadata }).catch((e) => e);
    expect(failure).toMatchObject({
      code: 'client/checksum-mismatch',
      phase: 'checking',
      retryable: false,
      details: { expected: sha256(bytes) },
    });
    expect((await storage.listPage({ tag: `damaged-${where}` })).pagination.total).toBe(0);
  });

  test('must be the one that is expected, in whatever case', async () => {
    const storage = open();
    const file = await storage.upload(small, { sha256: sha256(small).toUpperCase() });
    expect(file.sha256).toBe(sha256(small));

    const metadata = { tags: [`other-${where}`] };
    const failure = await storage
      .upload(new Blob([large]), { sha256: sha256(small), metadata })
      .catch((error) => error);
    expect(failure.code).toBe('client/checksum-mismatch');
    expect((await storage.listPage({ tag: `other-${where}` })).pagination.total).toBe(0);
  });
});

describe('the check of an upload', { timeout: 60_000 }, () => {
  test('covers the parts that an earlier upload left in storage', async () => {
    const hasty = createInNode({ ...options(), concurrency: 1, retry: { tries: 1 } });
    let puts = 0;
    service.objects.decide = () => (++puts > 2 ? { kind: 'cut', afterBytes: 0 } : undefined);
    await expect(hasty.upload({ path: path() })).rejects.toMatchObject({ code: 'client/network' });
    service.objects.calm();
    const file = await createInNode(options()).upload({ path: path() }, { sha256: true });
    expect(service.objects.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect(file.sha256).toBe(sha256(large));
  });

  test('survives cut connections while it reads the file back', async () => {
    let gets = 0;
    service.objects.decide = ({ method }) =>
      method === 'GET' && ++gets < 4 ? { kind: 'cut-answer', afterBytes: 4e6 } : undefined;
    const file = await createInNode(options()).upload(large, { sha256: true });
    expect(file.sha256).toBe(sha256(large));
    expect(gets).toBe(4);
  });

  test('leaves no file where it cannot be made', async () => {
    const storage = createInNode({ ...options(), retry: { tries: 2, firstDelaySeconds: 0.01 } });
    const metadata = { tags: ['unchecked'] };
    service.objects.decide = ({ method }) => (method === 'GET' ? { kind: 'cut', afterBytes: 0 } : undefined);
    const failure = await storage.upload(small, { sha256: true, metadata }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'client/network', phase: expect.any(String) });
    expect((await storage.listPage({ tag: 'unchecked' })).pagination.total).toBe(0);
  });

  test('is made for each file of a batch', async () => {
    const outcomes = await createInNode(options()).uploadAll([small, 'b'], { sha256: true });
    expect(outcomes.map(({ file }) => file?.sha256)).toEqual([sha256(small), sha256(Buffer.from('b'))]);
  });
});
