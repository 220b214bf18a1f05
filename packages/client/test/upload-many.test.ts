import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BatchItem, Storage, UploadOutcome } from '../src/node.ts';
import { many, manySmallFiles, presign, register } from './many-small-files.ts';
import { downloadBytes } from './service-under-test.ts';

const small = manySmallFiles();
const { tested, items, calls, failing } = small;
let alice: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice');
});
const expectEachOnce = (outcomes: readonly UploadOutcome[]) => small.expectEachOnce(alice, outcomes);

describe('many small files', { timeout: 30_000 }, () => {
  test('they are presigned and registered together, and each has its own bytes and properties', async () => {
    const outcomes = await alice.uploadAll(items(), { folder: 'together', category: 'documents' });
    const sent = Object.values(presign).map(calls).concat(Object.values(register).map(calls));
    // The first files are sent alone, at once.
    expect(sent.reduce((sum, count) => sum + count)).toBeLessThan(many);
    const [last] = outcomes.slice(-1);
    expect(last?.file).toMatchObject({ folder: 'together', category: 'documents', mimeType: 'text/plain' });
    const bytes = await downloadBytes(alice, `${last?.file?.id}`);
    expect(bytes.toString()).toBe(`content ${many - 1}`);
    await expectEachOnce(outcomes);
  });

  test('files on disk are hashed, and the hash is kept', async () => {
    const directory = join(tested.service.directory, 'many');
    await mkdir(directory);
    const paths = Array.from({ length: 40 }, (_, index) => join(directory, `${index}.txt`));
    await Promise.all(paths.map((path, index) => writeFile(path, `content ${index}`)));
    const outcomes = await alice.uploadAll(
      paths.map((path) => ({ source: { path } })),
      { sha256: true, metadata: { tags: [small.tag] } },
    );
    expect(outcomes.every(({ file }) => file?.metadata.custom?.sha256 === file?.sha256)).toBe(true);
    await expectEachOnce(outcomes);
  });

  test('a refused file has the error that it would have alone, and the others are uploaded', async () => {
    const mistakes: BatchItem[] = [
      { source: '', filename: 'empty.txt' },
      { source: 'x', filename: 'a/b' },
      { source: 'x', folder: '..' },
      { source: 'x', contentType: 'text/plain', category: 'images' },
      // Not even of the right form: the API refuses a call with it as a whole.
      { source: 'x', metadata: { tags: [1] as never } },
      { source: 'x', ownerId: 'bob' },
    ];
    const alone = await Promise.all(
      mistakes.map((mistake) => alice.uploadAll([mistake]).then(([outcome]) => outcome?.error)),
    );
    expect(alone.every((error) => error?.status && error.requestId)).toBe(true);
    tested.service.api.calm();
    const outcomes = await alice.uploadAll([...items(20), ...mistakes, ...items(20)]);
    const facts = (error: UploadOutcome['error']) => [
      error?.code,
      error?.status,
      error?.phase,
      error?.details,
    ];
    const refused = outcomes.slice(20, 20 + mistakes.length).map(({ error }) => error);
    expect(refused.map(facts)).toEqual(alone.map(facts));
    expect(refused.every((error) => error?.requestId)).toBe(true);
    expect(outcomes.filter(({ file }) => file)).toHaveLength(40);
    expect(calls(presign.batch)).toBeGreaterThan(0);
  });

  test('files that are large, or whose size is unknown, are sent among them, a few at once', async () => {
    let open = 0;
    let mostOpen = 0;
    async function* stream() {
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      yield Buffer.alloc(2 ** 20 + 1);
      open -= 1;
    }
    const large = { source: Buffer.alloc(17 * 2 ** 20), filename: 'large.bin' };
    const streams = Array.from({ length: 20 }, () => ({ source: stream(), filename: 'stream.bin' }));
    const outcomes = await alice.uploadAll([...items(12), large, ...streams, ...items(12)]);
    expect(outcomes.map(({ error }) => error).filter(Boolean)).toEqual([]);
    expect(mostOpen).toBeLessThanOrEqual(10);
    expect(outcomes[12]?.file?.size).toBe(17 * 2 ** 20);
  });
});

describe('many small files over a bad network', { timeout: 60_000 }, () => {
  test('each is uploaded once where the answers to the first calls for many are lost', async () => {
    failing((path, times) =>
      (path === presign.batch || path === register.batch) && times <= 2 ? { kind: 'lose-answer' } : undefined,
    );
    await expectEachOnce(await alice.uploadAll(items()));
  });
});

describe('many small files that are interrupted', { timeout: 30_000 }, () => {
  const expectNoFile = () =>
    expect
      .poll(async () => (await alice.listPage({ tag: small.tag })).pagination.total, { timeout: 15_000 })
      .toBe(0);

  test.each([presign.batch, register.batch])(
    'one that is aborted during %s leaves no file, and the others are uploaded',
    async (route) => {
      const aborted = `${small.tag}-aborted`;
      const controllers = items().map(() => new AbortController());
      const own = items().map((item, index) => ({
        ...(item as object),
        ...(index % 2 && { signal: controllers[index]?.signal, metadata: { tags: [aborted] } }),
      })) as BatchItem[];
      failing((path) => {
        if (path === route) for (const controller of controllers) controller.abort();
        return undefined;
      });
      const outcomes = await alice.uploadAll(own);
      const codes = outcomes.map(({ error }) => error?.code);
      expect(codes.filter((code, index) => code && index % 2 === 0)).toEqual([]);
      expect(new Set(codes.filter((code) => code))).toEqual(new Set(['client/aborted']));
      tested.service.api.calm();
      const uploaded = codes.filter((code, index) => !code && index % 2).length;
      await expect
        .poll(async () => (await alice.listPage({ tag: aborted })).pagination.total, { timeout: 15_000 })
        .toBe(uploaded);
    },
  );

  test.each([presign.batch, register.batch])('aborting all during %s ends them at once', async (route) => {
    const all = new AbortController();
    let abortedAt = 0;
    failing((path) => {
      if (path !== route || abortedAt > 0) return undefined;
      abortedAt = performance.now();
      all.abort();
      return { kind: 'stall' };
    });
    const outcomes = await alice.uploadAll(items(), { signal: all.signal });
    expect(performance.now() - abortedAt).toBeLessThan(5000);
    const ended = outcomes.filter(({ error }) => error);
    expect(new Set(ended.map(({ error }) => error?.code))).toEqual(new Set(['client/aborted']));
    tested.service.api.calm();
    const files = outcomes.length - ended.length;
    await expect
      .poll(async () => (await alice.listPage({ tag: small.tag })).pagination.total, { timeout: 15_000 })
      .toBe(files);
  });

  test('during a pause nothing is sent, and resuming uploads the rest', async () => {
    const task = alice.uploadAll(items());
    failing((path, times) => {
      if (path === register.batch && times === 1) task.pause();
      return undefined;
    });
    await expect.poll(() => calls(register.batch), { timeout: 10_000 }).toBe(1);
    const { seen } = tested.service.api;
    let before = 0;
    const isQuiet = () => {
      const isSame = before === seen.length;
      before = seen.length;
      return isSame;
    };
    await expect.poll(isQuiet, { interval: 400, timeout: 10_000 }).toBe(true);
    expect(seen.length).toBeLessThan(many * 2);
    task.resume();
    await expectEachOnce(await task);
  });

  test('a task that is aborted before it begins sends nothing', async () => {
    tested.service.api.calm();
    const outcomes = await alice.uploadAll(items(), { signal: AbortSignal.abort() });
    expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set(['client/aborted']));
    expect(tested.service.api.seen).toEqual([]);
    await expectNoFile();
  });
});
