import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { runCommand } from '../../test-support/src/process/run-command.ts';
import { seededBytes } from './seeded.ts';
import { serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
const { storageOf } = tested;

const mebibyte = 2 ** 20;
const bytes = seededBytes(1, 20 * mebibyte);

const stream = (...chunks: Uint8Array[]) => Readable.from(chunks);

test('ten streams of unknown size are uploaded concurrently, as many as a batch sends', async () => {
  const sources = Array.from({ length: 10 }, () => stream(bytes));
  const outcomes = await storageOf('alice').uploadAll(sources);
  expect(outcomes.map(({ error }) => error?.code)).toEqual(outcomes.map(() => undefined));
});

test('a stream of unknown size that failed does not count as an open upload', async () => {
  async function* silent() {
    yield bytes;
    await new Promise(() => {});
  }
  const storage = storageOf('bob', { stallSeconds: 0.3 });
  for (let time = 0; time < 12; time += 1) {
    await expect(storage.upload(silent())).rejects.toMatchObject({ code: 'client/stalled' });
  }
  await storageOf('bob').upload(stream(bytes));
});

test('a stream of unknown size is refused when it exceeds the largest allowed file', async () => {
  const limit = `uploads.maxFileBytes=${24 * mebibyte}`;
  const set = await runCommand(
    ['environments', 'set', tested.service.environment, limit],
    tested.service.running.env,
  );
  expect(set.code).toBe(0);
  const carol = storageOf('carol');
  const tooLarge = () => carol.upload(new Blob([new Uint8Array(25 * mebibyte)]));
  await expect
    .poll(() => tooLarge().catch((error) => error.code), { timeout: 10_000 })
    .toBe('file/file-too-large');
  expect((await carol.upload(stream(bytes))).size).toBe(bytes.length);
  await expect(carol.upload(stream(bytes, bytes))).rejects.toMatchObject({
    code: 'client/invalid-input',
    retryable: false,
  });
});
