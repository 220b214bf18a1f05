import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Storage } from '../src/node.ts';
import { seededBytes } from './seeded.ts';
import { downloadBytes, errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice', { journal: tested.journal() });
});

const partBytes = 8 * 2 ** 20;
const inParts = seededBytes(1, 2 * partBytes + 100_003);

/** Alice's client, but a failed request is not tried again. */
const withoutRetry = (concurrency = 5) =>
  tested.storageOf('alice', { journal: tested.journal(), concurrency, retry: { tries: 1 } });

describe('an aborted upload', { timeout: 30_000 }, () => {
  const tag = 'aborted';
  const aborted = { metadata: { tags: [tag] } };
  /** An abort settles at once; a file that was registered meanwhile is deleted right after. */
  const expectNoFile = () =>
    expect.poll(async () => (await alice.listPage({ tag })).pagination.total, { timeout: 20_000 }).toBe(0);

  test('an abort between parts leaves no open upload', async () => {
    const { objects } = tested.service;
    let uploadUrl = '';
    const controller = new AbortController();
    objects.decide = ({ path }) => {
      uploadUrl = path;
      controller.abort('enough');
      return undefined;
    };
    const error = await errorOf(alice.upload(new Blob([inParts]), { ...aborted, signal: controller.signal }));
    expect(error).toMatchObject({
      code: 'client/aborted',
      name: 'AbortError',
      phase: 'uploading',
      cause: 'enough',
    });
    objects.calm();
    const late = await fetch(`${objects.url}${uploadUrl}`, { method: 'PUT', body: 'late' });
    expect(late.status).toBe(404);
    await expectNoFile();
  });

  test.each(['/v1/files/multipart/complete', '/v1/files'])(
    'an abort after the answer of %s was lost leaves no file',
    async (path) => {
      const { api } = tested.service;
      const controller = new AbortController();
      api.decide = (request) => {
        if (request.method !== 'POST' || request.path !== path) return undefined;
        api.decide = () => undefined;
        setTimeout(() => controller.abort(), 300);
        return { kind: 'lose-answer' };
      };
      const retry = { firstDelaySeconds: 60, maxDelaySeconds: 60 };
      const slow = tested.storageOf('alice', { journal: tested.journal(), retry });
      const error = await errorOf(
        slow.upload(new Blob([inParts]), { ...aborted, signal: controller.signal }),
      );
      expect(error.code).toBe('client/aborted');
      await expectNoFile();
    },
  );

  test('an upload whose signal is aborted already sends nothing', async () => {
    tested.service.api.calm();
    const error = await errorOf(alice.upload('x', { signal: AbortSignal.abort() }));
    expect(error.code).toBe('client/aborted');
    expect(tested.service.api.seen).toEqual([]);
  });
});

describe('a resumed upload', { timeout: 60_000 }, () => {
  const path = () => join(tested.service.directory, 'resumed.bin');
  beforeEach(() => writeFile(path(), inParts));

  /** Uploads one part; the others fail. */
  async function stopAfterOnePart(): Promise<void> {
    const { objects } = tested.service;
    let puts = 0;
    objects.decide = () => (++puts > 1 ? { kind: 'cut', afterBytes: 0 } : undefined);
    expect(await errorOf(withoutRetry(1).upload({ path: path() }))).toMatchObject({
      code: 'client/network',
      retryable: true,
    });
    objects.calm();
  }

  /** Stores and completes all parts; registering fails. */
  async function stopBeforeRegistering(): Promise<void> {
    const { api, objects } = tested.service;
    api.decide = (request) => (request.path === '/v1/files' ? { kind: 'cut', afterBytes: 0 } : undefined);
    expect(await errorOf(withoutRetry().upload({ path: path() }))).toMatchObject({ phase: 'registering' });
    api.calm();
    objects.calm();
  }

  test('only the parts that storage does not have are sent', async () => {
    await stopAfterOnePart();
    const file = await alice.upload({ path: path() });
    expect(tested.puts()).toBe(2);
    expect((await downloadBytes(alice, file.id)).equals(inParts)).toBe(true);
  });

  test('a file that has changed is uploaded from the start', async () => {
    await stopAfterOnePart();
    const changed = seededBytes(7, inParts.length);
    await writeFile(path(), changed);
    const file = await alice.upload({ path: path() });
    expect((await downloadBytes(alice, file.id)).equals(changed)).toBe(true);
  });

  test('an upload that the server has removed starts again', async () => {
    await stopAfterOnePart();
    const body = '{"error":{"code":"file/upload-not-found","message":"Gone.","details":{}},"requestId":"r"}';
    tested.service.api.decide = (request) =>
      request.path.startsWith('/v1/files/multipart/parts')
        ? { kind: 'refuse', status: 404, body }
        : undefined;
    const file = await alice.upload({ path: path() });
    expect((await downloadBytes(alice, file.id)).equals(inParts)).toBe(true);
  });

  test('an upload that was completed and not registered is registered, and sends nothing', async () => {
    await stopBeforeRegistering();
    const file = await alice.upload({ path: path() });
    expect(tested.puts()).toBe(0);
    expect((await downloadBytes(alice, file.id)).equals(inParts)).toBe(true);
  });

  test('an upload whose registration had no answer is found, and makes no second file', async () => {
    const { api, objects } = tested.service;
    const tags = ['found-later'];
    api.decide = (request) => (request.path === '/v1/files' ? { kind: 'lose-answer' } : undefined);
    await errorOf(withoutRetry().upload({ path: path() }, { metadata: { tags } }));
    api.calm();
    objects.calm();
    const file = await alice.upload({ path: path() }, { metadata: { tags } });
    expect(tested.puts()).toBe(0);
    expect((await alice.listPage({ tag: 'found-later' })).items.map(({ id }) => id)).toEqual([file.id]);
  });

  test('an upload of another visibility is not resumed', async () => {
    tested.service.objects.decide = () => (tested.puts() > 1 ? { kind: 'cut', afterBytes: 0 } : undefined);
    await errorOf(withoutRetry(1).upload({ path: path() }, { visibility: 'public' }));
    tested.service.objects.calm();
    expect((await alice.upload({ path: path() })).visibility).toBe('private');
    expect(tested.puts()).toBe(3);
  });
});

describe('a retried request', { timeout: 60_000 }, () => {
  const signings = (path: string) =>
    tested.service.api.seen.filter((request) => request.path.startsWith(path)).length;

  test('a part that was answered with 200 and an error is sent again', async () => {
    let times = 0;
    const body =
      '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>Please try again.</Message></Error>';
    tested.service.objects.decide = () => (++times === 1 ? { kind: 'refuse', status: 200, body } : undefined);
    await alice.upload(new Blob([inParts]));
    expect(times).toBe(4);
  });

  test('the status in the body of an error counts where a proxy changed the status of the answer', async () => {
    let times = 0;
    const refusedAs = (statusCode: number, code: string) =>
      JSON.stringify({
        success: false,
        error: { code, message: 'No.', details: {} },
        statusCode,
        requestId: 'r-1',
      });
    tested.service.api.decide = () =>
      ++times === 1 ? { kind: 'refuse', status: 200, body: refusedAs(503, 'common/unavailable') } : undefined;
    await alice.upload('x');
    tested.service.api.decide = () => ({
      kind: 'refuse',
      status: 200,
      body: refusedAs(400, 'file/invalid-name'),
    });
    expect(await errorOf(alice.upload('x'))).toMatchObject({
      code: 'file/invalid-name',
      status: 400,
      requestId: 'r-1',
    });
  });

  test('a refused URL is signed again twice, and then the skew of the clocks is reported', async () => {
    const body =
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>900</X-Amz-Expires><Expires>2026-01-01T00:15:00Z</Expires><ServerTime>2026-01-01T03:00:00Z</ServerTime></Error>';
    tested.service.objects.decide = () => ({ kind: 'refuse', status: 403, body });
    const error = await errorOf(alice.upload('x'));
    expect(error.code).toBe('client/clock-skew');
    // Signed at 00:00 by the API's clock; the object store's clock says 03:00.
    expect(error.message).toContain('10800 seconds');
    expect(signings('/v1/files/presigned-url')).toBe(3);
  });

  test('the parts of an upload are signed in one call, however few of them are sent concurrently', async () => {
    await tested.storageOf('alice', { concurrency: 1 }).upload(new Blob([inParts]));
    expect(signings('/v1/files/multipart/presigned-url')).toBe(1);
  });

  test('part URLs that expired during a pause are signed again', async () => {
    // Only the clock that URLs are measured by is replaced.
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const one = tested.storageOf('alice', { concurrency: 1 });
      const task = one.upload(new Blob([inParts]));
      tested.service.objects.decide = () => {
        if (tested.puts() === 2) task.pause();
        return undefined;
      };
      await expect.poll(() => task.progress.phase).toBe('paused');
      expect(signings('/v1/files/multipart/presigned-url')).toBe(1);
      // Part URLs live for one hour and are used for four fifths of it.
      vi.advanceTimersByTime(49 * 60_000);
      task.resume();
      await task;
      expect(signings('/v1/files/multipart/presigned-url')).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('an upload without activity ends after stallSeconds, at each of its tries', async () => {
    tested.service.objects.decide = () => ({ kind: 'stall' });
    const retry = { tries: 2, firstDelaySeconds: 0.01 };
    const storage = tested.storageOf('alice', { stallSeconds: 0.2, retry });
    expect(await errorOf(storage.upload('x'))).toMatchObject({ code: 'client/stalled', retryable: true });
    expect(tested.puts()).toBe(2);
  });
});
