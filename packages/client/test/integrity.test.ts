import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStorage as createInBrowser } from '../src/browser.ts';
import { createStorage as createInNode, type Storage, type StorageOptions } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
beforeAll(() => writeFile(path(), large));

const large = seededBytes(5, 16 * 2 ** 20 + 77);
const small = seededBytes(6, 3 * 2 ** 20 + 5);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const path = () => join(tested.service.directory, 'large.bin');

const options = (): StorageOptions => ({ ...tested.optionsOf('alice'), journal: tested.journal() });

describe.each<[string, () => Storage]>([
  ['in Node', () => createInNode(options())],
  // The platform of browsers has no digest of its own.
  ['on the platform of browsers', () => createInBrowser({ ...options(), journal: false })],
])('the SHA-256 of an upload %s', (where, open) => {
  test('it is that of the bytes, and is kept in the metadata', async () => {
    const storage = open();
    const file = await storage.upload(small, { sha256: true, metadata: { custom: { mine: 1 } } });
    expect(file.sha256).toBe(sha256(small));
    expect((await storage.get(file.id)).metadata.custom).toEqual({ mine: 1, sha256: sha256(small) });
  });

  test('a byte damaged in transit is found, and leaves no file', async () => {
    const storage = open();
    const metadata = { tags: [`damaged-${where}`] };
    tested.service.objects.decide = ({ method }) =>
      method === 'PUT' ? { kind: 'damage', atByte: 2_000_000 } : undefined;
    const failure = await storage.upload(small, { sha256: true, metadata }).catch((e) => e);
    expect(failure).toMatchObject({ code: 'client/checksum-mismatch', phase: 'checking', retryable: false });
    expect((await storage.listPage({ tag: `damaged-${where}` })).pagination.total).toBe(0);
  });
});

describe('the integrity check', { timeout: 60_000 }, () => {
  test('the check covers the parts that an earlier upload stored', async () => {
    const hasty = createInNode({ ...options(), concurrency: 1, retry: { tries: 1 } });
    let puts = 0;
    tested.service.objects.decide = () => (++puts > 2 ? { kind: 'cut', afterBytes: 0 } : undefined);
    await expect(hasty.upload({ path: path() })).rejects.toMatchObject({ code: 'client/network' });
    tested.service.objects.calm();
    const file = await createInNode(options()).upload({ path: path() }, { sha256: true });
    expect(tested.service.objects.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect(file.sha256).toBe(sha256(large));
  });

  test('the check survives broken connections during its download', async () => {
    let gets = 0;
    tested.service.objects.decide = ({ method }) =>
      method === 'GET' && ++gets < 4 ? { kind: 'cut-answer', afterBytes: 4e6 } : undefined;
    const file = await createInNode(options()).upload(large, { sha256: true });
    expect(file.sha256).toBe(sha256(large));
    expect(gets).toBe(4);
  });

  test('an upload that cannot be checked leaves no file', async () => {
    const storage = createInNode({ ...options(), retry: { tries: 2, firstDelaySeconds: 0.01 } });
    const metadata = { tags: ['unchecked'] };
    tested.service.objects.decide = ({ method }) =>
      method === 'GET' ? { kind: 'cut', afterBytes: 0 } : undefined;
    const failure = await storage.upload(small, { sha256: true, metadata }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'client/network', phase: expect.any(String) });
    expect((await storage.listPage({ tag: 'unchecked' })).pagination.total).toBe(0);
  });

  test('each file of a batch is checked', async () => {
    const outcomes = await createInNode(options()).uploadAll([small, 'b'], { sha256: true });
    expect(outcomes.map(({ file }) => file?.sha256)).toEqual([sha256(small), sha256(Buffer.from('b'))]);
  });
});
