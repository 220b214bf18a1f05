import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createStorage, type Storage, StorageError, type StorageOptions } from '../src/node.ts';
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

const partBytes = 8 * 2 ** 20;
const inParts = seededBytes(1, 2 * partBytes + 100_003);

function storageOf(userId: string, options: Partial<StorageOptions> = {}): Storage {
  return createStorage({
    url: service.api.url,
    apiKey: service.publishableKey,
    accessToken: accessToken(userId),
    journal: join(service.directory, 'journal'),
    retry: { firstDelaySeconds: 0.02, maxDelaySeconds: 0.1 },
    ...options,
  });
}

async function refusal(promise: Promise<unknown>): Promise<StorageError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof StorageError) return error;
  throw new Error('It was not refused with a StorageError.', { cause: error });
}

const puts = () => service.objects.seen.filter(({ method }) => method === 'PUT').length;
const asked = (path: string) => service.api.seen.filter((request) => request.path.startsWith(path)).length;

describe('a token', { timeout: 30_000 }, () => {
  test('that took the place of another, and has died in turn, is replaced as well', async () => {
    const [first, second, third] = [
      accessToken('alice', -60),
      accessToken('alice', -30),
      accessToken('alice', 3600),
    ];
    const refused: (string | undefined)[] = [];
    const storage = storageOf('alice', {
      // An app that keeps nothing: it always begins with the same token.
      accessToken: (old) => {
        if (!old) return first;
        refused.push(old);
        return refused.length === 1 ? second : third;
      },
    });
    expect((await refusal(storage.usage())).code).toBe('auth/access-token-expired');
    await storage.usage();
    expect(refused).toEqual([first, second]);
  });

  test('is asked for again when asking failed', async () => {
    let times = 0;
    const storage = storageOf('alice', {
      accessToken: async (old) => {
        if (!old) return accessToken('alice', -60);
        if (++times === 1) throw new Error('The login server sleeps.');
        return accessToken('alice');
      },
    });
    await storage.usage();
    expect(times).toBe(2);
  });
});

describe('an upload', { timeout: 60_000 }, () => {
  const path = () => join(service.directory, 'resumed.bin');

  /** Everything is in storage and put together, and registering it gets no answer. */
  async function stopBeforeRegistering(): Promise<void> {
    await writeFile(path(), inParts);
    service.api.decide = (request) =>
      request.path === '/v1/files' ? { kind: 'cut', afterBytes: 0 } : undefined;
    const hasty = storageOf('alice', { retry: { tries: 1 } });
    expect(await refusal(hasty.upload({ path: path() }))).toMatchObject({ phase: 'registering' });
    service.api.calm();
    service.objects.calm();
  }

  test('that was put together and never registered is registered, and sends nothing', async () => {
    await stopBeforeRegistering();
    const alice = storageOf('alice');
    const file = await alice.upload({ path: path() });
    expect(puts()).toBe(0);
    const bytes = Buffer.from(await (await alice.download(file.id)).arrayBuffer());
    expect(bytes.equals(inParts)).toBe(true);
  });

  test('that was registered without anyone knowing is found, and is no second file', async () => {
    await writeFile(path(), inParts);
    const tags = ['known-late'];
    service.api.decide = (request) => (request.path === '/v1/files' ? { kind: 'lose-answer' } : undefined);
    const hasty = storageOf('alice', { retry: { tries: 1 } });
    await refusal(hasty.upload({ path: path() }, { metadata: { tags } }));
    service.api.calm();
    service.objects.calm();
    const alice = storageOf('alice');
    const file = await alice.upload({ path: path() }, { metadata: { tags } });
    expect(puts()).toBe(0);
    expect((await alice.listPage({ tag: 'known-late' })).items.map(({ id }) => id)).toEqual([file.id]);
  });

  test('is not taken up by one that is for other eyes', async () => {
    await writeFile(path(), inParts);
    const hasty = storageOf('alice', { retry: { tries: 1 }, concurrency: 1 });
    service.objects.decide = () => (puts() > 1 ? { kind: 'cut', afterBytes: 0 } : undefined);
    await refusal(hasty.upload({ path: path() }, { visibility: 'public' }));
    service.objects.calm();
    expect((await storageOf('alice').upload({ path: path() })).visibility).toBe('private');
    expect(puts()).toBe(3);
  });

  test('sends a part again that was answered with 200 and an error', async () => {
    let times = 0;
    const body =
      '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>Please try again.</Message></Error>';
    service.objects.decide = () => (++times === 1 ? { kind: 'refuse', status: 200, body } : undefined);
    await storageOf('alice').upload(new Blob([inParts]));
    expect(times).toBe(4);
  });

  test('asks again for what was refused under a status that is not its own', async () => {
    let times = 0;
    const refusedAs = (statusCode: number, code: string) =>
      JSON.stringify({
        success: false,
        error: { code, message: 'No.', details: {} },
        statusCode,
        requestId: 'r-1',
      });
    service.api.decide = () =>
      ++times === 1 ? { kind: 'refuse', status: 200, body: refusedAs(503, 'common/unavailable') } : undefined;
    await storageOf('alice').upload('x');
    service.api.decide = () => ({
      kind: 'refuse',
      status: 200,
      body: refusedAs(400, 'file/invalid-name'),
    });
    expect(await refusal(storageOf('alice').upload('x'))).toMatchObject({
      code: 'file/invalid-name',
      status: 400,
      requestId: 'r-1',
    });
  });

  test('signs its URL again once, and twice, and then says how far the clocks are apart', async () => {
    const body =
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>900</X-Amz-Expires><Expires>2026-01-01T00:15:00Z</Expires><ServerTime>2026-01-01T03:00:00Z</ServerTime></Error>';
    service.objects.decide = () => ({ kind: 'refuse', status: 403, body });
    const error = await refusal(storageOf('alice').upload('x'));
    expect(error.code).toBe('client/clock-skew');
    // Signed at midnight by the API's clock, and it is three by the store's.
    expect(error.message).toContain('10800 seconds');
    expect(asked('/v1/files/presigned-url')).toBe(3);
  });

  test('signs parts anew whose URLs have grown old while it was paused', async () => {
    // Only the clock that URLs are judged by stands still, and jumps.
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const alice = storageOf('alice', { concurrency: 1 });
      const task = alice.upload(new Blob([inParts]));
      service.objects.decide = () => {
        if (puts() === 2) task.pause();
        return undefined;
      };
      await expect.poll(() => task.progress.phase).toBe('paused');
      expect(asked('/v1/files/multipart/presigned-url')).toBe(1);
      // Parts live an hour: four fifths of it have gone.
      vi.advanceTimersByTime(49 * 60_000);
      task.resume();
      await task;
      expect(asked('/v1/files/multipart/presigned-url')).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends when nothing has moved for long enough, as often as it is tried', async () => {
    service.objects.decide = () => ({ kind: 'stall' });
    const storage = storageOf('alice', { stallSeconds: 0.2, retry: { tries: 2, firstDelaySeconds: 0.01 } });
    expect(await refusal(storage.upload('x'))).toMatchObject({ code: 'client/stalled', retryable: true });
    expect(puts()).toBe(2);
  });
});

describe('a batch', { timeout: 30_000 }, () => {
  test('leaves an item that was aborted by itself out, and uploads the others', async () => {
    const one = new AbortController();
    one.abort();
    const outcomes = await storageOf('alice').uploadAll([{ source: 'a', signal: one.signal }, 'b']);
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['client/aborted', undefined]);
  });

  test('ends those with a signal of their own too', async () => {
    service.objects.decide = () => ({ kind: 'stall' });
    const task = storageOf('alice').uploadAll([{ source: 'a', signal: new AbortController().signal }, 'b']);
    await expect.poll(puts).toBe(2);
    task.abort();
    expect((await task).map(({ error }) => error?.code)).toEqual(['client/aborted', 'client/aborted']);
  });

  test('pauses all, and goes on with all', async () => {
    let phase = '';
    const task = storageOf('alice', { concurrency: 2 }).uploadAll(
      Array.from({ length: 6 }, (_, index) => new Blob([`${index}`])),
      {
        onProgress: (progress) => {
          phase = progress.phase;
        },
      },
    );
    service.objects.decide = () => {
      task.pause();
      return undefined;
    };
    await expect.poll(() => phase).toBe('paused');
    expect(puts()).toBeLessThanOrEqual(2);
    service.objects.decide = () => undefined;
    task.resume();
    expect((await task).every(({ file }) => file)).toBe(true);
  });
});

describe('a download', { timeout: 30_000 }, () => {
  test('fetches nothing before it is read', async () => {
    const alice = storageOf('alice');
    const { id } = await alice.upload('text', { contentType: 'text/plain' });
    service.objects.calm();
    const response = await alice.download(id);
    expect(response.headers.get('content-type')).toBe('text/plain');
    expect(service.objects.seen).toEqual([]);
    expect(await response.text()).toBe('text');
    expect(service.objects.seen).toHaveLength(1);
  });

  test('that is slowly read does not count as stalled', async () => {
    const alice = storageOf('alice', { stallSeconds: 1 });
    const { id } = await alice.upload(new Blob([inParts]));
    service.objects.calm();
    const reader = (await alice.download(id)).body?.getReader();
    let received = (await reader?.read())?.value?.length ?? 0;
    // Longer than a stall; that is what this is about.
    await setTimeout(1500);
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
      received += next.value.length;
    expect(received).toBe(inParts.length);
    expect(service.objects.seen).toHaveLength(1);
  });

  test('hangs up when its reader has enough', async () => {
    const alice = storageOf('alice');
    const { id } = await alice.upload(new Blob([inParts]));
    const progress: string[] = [];
    const response = await alice.download(id, { onProgress: ({ phase }) => progress.push(phase) });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    service.objects.calm();
    expect(await (await alice.download(id)).arrayBuffer()).toHaveProperty('byteLength', inParts.length);
    expect(progress).not.toContain('done');
  });
});
