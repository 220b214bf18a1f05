import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../server/test/support/command-line.ts';
import { createStorage, type Storage, type StorageOptions } from '../src/node.ts';
import { seededBytes } from './random.ts';
import { accessToken, type Service, startService } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
}, 60_000);
afterEach(() => {
  service.api.calm();
  service.objects.calm();
});
afterAll(() => service[Symbol.asyncDispose](), 60_000);

const mebibyte = 2 ** 20;
const bytes = seededBytes(1, 20 * mebibyte);

function storageOf(userId: string, options: Partial<StorageOptions> = {}): Storage {
  const { publishableKey: apiKey, api } = service;
  return createStorage({
    url: api.url,
    apiKey,
    journal: false,
    accessToken: accessToken(userId),
    ...options,
  });
}

const stream = (...chunks: Uint8Array[]) => Readable.from(chunks);

test('streams of unknown length go up ten at a time, which is as many as a batch sends', async () => {
  const sources = Array.from({ length: 10 }, () => stream(bytes));
  const outcomes = await storageOf('alice').uploadAll(sources);
  expect(outcomes.map(({ error }) => error?.code)).toEqual(outcomes.map(() => undefined));
});

test('one that failed for want of a network or of data does not count as open any more', async () => {
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

test('one that grows larger than files may be here is refused before all of it is sent', async () => {
  const limit = `uploads.maxFileBytes=${24 * mebibyte}`;
  const set = await runCommand(['environments', 'set', 'default/dev', limit], service.running.env);
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
