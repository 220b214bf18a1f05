import { describe, expect, test } from 'vitest';
import { createStorage, type Storage, type StorageEvent } from '../src/node.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
const textFile = (name: string) => ({ filename: name, contentType: 'text/plain' });

/** Reads events until `count` have come. */
async function take(events: AsyncIterable<StorageEvent>, count: number): Promise<StorageEvent[]> {
  const seen: StorageEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (seen.length === count) break;
  }
  return seen;
}

/** The id of the last event so far. */
async function lastId(storage: Storage): Promise<number> {
  const { id } = await storage.upload('mark', textFile('mark.txt'));
  for await (const event of storage.events({ after: 0 })) if (event.data.file?.id === id) return event.id;
  throw new Error('The iteration ended.');
}

describe('events', { timeout: 60_000 }, () => {
  test('they come as they happen, those of the asked types alone', async () => {
    const alice = tested.storageOf('alice');
    const iterator = alice.events({ types: ['file.created', 'file.deleted'] });
    const first = iterator.next();
    // The stream is open once it has been answered.
    await expect
      .poll(() => tested.service.api.seen.some(({ path }) => path.includes('/events/stream')))
      .toBe(true);
    const after = await lastId(alice);
    const file = await alice.upload('text', textFile('a.txt'));
    await alice.update(file.id, { originalName: 'b.txt' });
    await alice.delete(file.id);
    const [, created, deleted] = await take(
      alice.events({ after: after - 1, types: ['file.created', 'file.deleted'] }),
      3,
    );
    expect(created).toMatchObject({
      type: 'file.created',
      data: { file: { id: file.id, originalName: 'a.txt' } },
    });
    expect(deleted).toMatchObject({
      type: 'file.deleted',
      data: { file: { id: file.id, originalName: 'b.txt' } },
    });
    expect((await first).value).toMatchObject({ type: 'file.created' });
    await iterator.return?.();
  });

  test('none is left out and none comes twice when connections break', async () => {
    const alice = tested.storageOf('alice');
    const after = await lastId(alice);
    let times = 0;
    tested.service.api.decide = ({ path }) => {
      if (!path.includes('/events/stream')) return undefined;
      times += 1;
      if (times % 3 === 0) return { kind: 'refuse', status: 503 };
      return times <= 12 ? { kind: 'cut-answer', afterBytes: 700 } : undefined;
    };
    const reading = take(alice.events({ after }), 12);
    const ids: string[] = [];
    for (let number = 0; number < 12; number += 1) {
      ids.push((await alice.upload(`text ${number}`, textFile('a.txt'))).id);
    }
    expect((await reading).map(({ data }) => data.file?.id)).toEqual(ids);
    expect(times).toBeGreaterThan(3);
  });

  test('the iteration ends with the signal, and with a refusal', async () => {
    const alice = tested.storageOf('alice');
    const controller = new AbortController();
    const reading = take(alice.events({ signal: controller.signal }), 1);
    controller.abort();
    expect(await errorOf(reading)).toMatchObject({ code: 'client/aborted' });
    const { url, apiKey } = tested.optionsOf('alice');
    const guest = createStorage({ url, apiKey });
    expect(await errorOf(take(guest.events(), 1))).toMatchObject({ code: 'common/authentication-required' });
  });
});
