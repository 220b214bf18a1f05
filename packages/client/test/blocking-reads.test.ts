import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../src/node.ts';
import { downloadBytes, errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();

// The same table for both ways of reading: the option changes what reading costs, and nothing else.
describe.each([[true], [false]])('with blockingReads: %s', (blockingReads) => {
  let storage: Storage;
  beforeAll(() => {
    storage = tested.storageOf('alice', { blockingReads });
  });
  const path = (name: string) => join(tested.service.directory, name);

  test.each([[1], [10 * 1024], [64 * 1024], [64 * 1024 + 1], [300 * 1024]])(
    'a local file of %i bytes is stored byte by byte',
    async (size) => {
      const bytes = randomBytes(size);
      await writeFile(path('whole.bin'), bytes);
      const file = await storage.upload({ path: path('whole.bin') }, { sha256: true });
      expect(file).toMatchObject({ originalName: 'whole.bin', size });
      expect((await downloadBytes(storage, file.id)).equals(bytes)).toBe(true);
    },
  );

  test.each([
    ['/nowhere/at/all', 'Cannot read'],
    ['/', 'There is no file at'],
    ['/dev/null', 'There is no file at'],
  ])('%s is refused as a wrong input', async (wrong, message) => {
    expect(await errorOf(storage.upload({ path: wrong }))).toMatchObject({
      code: 'client/invalid-input',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ['gets shorter', (bytes: Buffer) => bytes.subarray(1)],
    ['gets longer', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
    ['gets other bytes', (bytes: Buffer) => bytes.map((byte) => 255 - byte)],
  ])('a file that %s during its upload ends the upload', async (_, change) => {
    const bytes = randomBytes(10 * 1024);
    await writeFile(path('changing.bin'), bytes);
    const task = storage.upload({ path: path('changing.bin') });
    tested.service.objects.decide = () => {
      writeFileSync(path('changing.bin'), change(bytes));
      return undefined;
    };
    expect(await errorOf(task)).toMatchObject({ code: 'client/source-changed' });
  });
});

test('no file stays open after its upload, whether it succeeds or fails', async () => {
  const storage = tested.storageOf('alice', { blockingReads: true });
  const path = join(tested.service.directory, 'closed.bin');
  await writeFile(path, 'closed');
  await storage.upload({ path });
  const before = (await readdir('/proc/self/fd')).length;
  for (let count = 0; count < 20; count++) {
    await storage.upload({ path });
    await errorOf(storage.upload({ path }, { contentType: 'none' }));
    await errorOf(storage.upload({ path: '/dev/null' }));
  }
  expect((await readdir('/proc/self/fd')).length).toBeLessThan(before + 20);
});
