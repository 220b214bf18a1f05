import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { createStorage as createInBrowser } from '../src/browser.ts';
import { createStorage as createInNode, type Storage, type StorageOptions } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
beforeAll(() => writeFile(path(), large));

const large = seededBytes(5, 20 * 2 ** 20 + 77);
const small = seededBytes(6, 3 * 2 ** 20 + 5);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const path = () => join(tested.service.directory, 'large.bin');

const options = (): StorageOptions => ({ ...tested.optionsOf('alice'), journal: tested.journal() });

describe.each<[string, () => Storage]>([
  ['in Node', () => createInNode(options())],
  // The platform of browsers has no digest of its own.
  ['on the platform of browsers', () => createInBrowser({ ...options(), journal: false })],
])('the SHA-256 of an upload %s', { timeout: 60_000 }, (where, open) => {
  const sources: [string, () => Parameters<Storage['upload']>[0], Buffer][] = [
    ['text', () => 'text', Buffer.from('text')],
    ['bytes', () => small, small],
    ['a Blob in parts', () => new Blob([large]), large],
    ['a short stream', () => new Blob([small]).stream(), small],
    ['a long stream', () => Readable.from([large.subarray(0, 9e6), large.subarray(9e6)]), large],
  ];
  if (where === 'in Node') sources.push(['a path', () => ({ path: path() }), large]);

  test.each(sources)(
    '%s: the SHA-256 is that of the bytes, and is kept in the metadata',
    async (_, source, bytes) => {
      const storage = open();
      const file = await storage.upload(source(), { sha256: true, metadata: { custom: { mine: 1 } } });
      expect(file.sha256).toBe(sha256(bytes));
      expect((await storage.get(file.id)).metadata.custom).toEqual({ mine: 1, sha256: sha256(bytes) });
    },
  );

  test.each([
    ['one PUT', small],
    ['parts', large],
  ])('a byte damaged in transit is found, in %s, and leaves no file', async (_, bytes) => {
    const storage = open();
    const metadata = { tags: [`damaged-${where}`] };
    let puts = 0;
    tested.service.objects.decide = ({ method }) =>
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

  test('a source with another SHA-256 than the expected one leaves no file; the case of the digits does not matter', async () => {
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
