import { beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../test-support/src/network/fault-proxy.ts';
import type { Storage, UploadOutcome } from '../src/node.ts';
import { manySmallFiles, presign, register } from './many-small-files.ts';

const small = manySmallFiles();
const { tested, items, calls, failing } = small;
let alice: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice');
});
const expectEachOnce = (outcomes: readonly UploadOutcome[]) => small.expectEachOnce(alice, outcomes);

describe('many small files over a bad network', { timeout: 60_000 }, () => {
  test.each<[string, Fault]>([
    ['is lost', { kind: 'lose-answer' }],
    ['breaks off', { kind: 'cut-answer', afterBytes: 50 }],
    ['never comes', { kind: 'stall' }],
    ['is a failure of the service', { kind: 'refuse', status: 500 }],
    ['asks for a pause', { kind: 'refuse', status: 503, headers: { 'Retry-After': '0' } }],
    ['says that there are too many requests', { kind: 'refuse', status: 429 }],
    ['is not the API’s', { kind: 'refuse', status: 200, body: '{"no":"answer"}' }],
  ])('each is uploaded once where the answer to the first calls for many %s', async (_, fault) => {
    failing((path, times) =>
      (path === presign.batch || path === register.batch) && times <= 2 ? fault : undefined,
    );
    const stallSeconds = fault.kind === 'stall' ? 3 : 30;
    const storage = tested.storageOf('alice', { stallSeconds });
    await expectEachOnce(await storage.uploadAll(items()));
  });

  test.each([404, 405, 501])('a server that answers %i to calls for many is asked alone', async (status) => {
    failing((path) =>
      path === presign.batch || path === register.batch ? { kind: 'refuse', status } : undefined,
    );
    const outcomes = await alice.uploadAll(items());
    expect(calls(presign.batch)).toBeLessThanOrEqual(2);
    expect(calls(register.batch)).toBeLessThanOrEqual(2);
    await expectEachOnce(outcomes);
  });

  test('without retries, a call for many that fails costs no file', async () => {
    failing((path) => (path === register.batch ? { kind: 'refuse', status: 500 } : undefined));
    await expectEachOnce(await tested.storageOf('alice', { retry: { tries: 1 } }).uploadAll(items()));
  });

  test('URLs that storage refuses as expired are signed again', async () => {
    let refusals = 0;
    tested.service.objects.decide = () => {
      refusals += 1;
      return refusals <= 10 ? { kind: 'refuse', status: 403, body: '<Error/>' } : undefined;
    };
    await expectEachOnce(await alice.uploadAll(items()));
  });

  test('while the API is down, each file fails by itself', async () => {
    failing(() => ({ kind: 'cut', afterBytes: 0 }));
    const storage = tested.storageOf('alice', { retry: { tries: 2, firstDelaySeconds: 0.01 } });
    const outcomes = await storage.uploadAll(items());
    expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set(['client/network']));
  });
});
