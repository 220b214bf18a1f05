import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Storage } from '../src/node.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
let folder = '';
let ids: string[] = [];
let runs = 0;

beforeAll(() => {
  alice = tested.storageOf('alice');
});
beforeEach(async () => {
  runs += 1;
  folder = `bulk-${runs}`;
  const outcomes = await alice.uploadAll(['a', 'b', 'c'], { folder, metadata: { tags: ['old'] } });
  ids = outcomes.map(({ file }) => `${file?.id}`);
});

const tagsOf = async () => {
  const { items } = await alice.listPage({ folder });
  return items.map(({ metadata }) => metadata.tags);
};
const unknown = '01890000-0000-7000-8000-000000000000';

describe('many files, by their ids', { timeout: 30_000 }, () => {
  test('each is changed or has its error, and the progress is reported', async () => {
    const seen: object[] = [];
    const onProgress = (now: object) => seen.push(now);
    const set = { addTags: ['new'], removeTags: ['old'] };
    const outcome = await alice.updateAll([...ids, unknown], set, { onProgress });
    const failed = [{ id: unknown, code: 'file/not-found' }];
    expect(outcome).toMatchObject({ done: 3, failed });
    expect(seen).toEqual([{ done: 3, failed: 1, total: 4 }]);
    expect(await tagsOf()).toEqual([['new'], ['new'], ['new']]);
  });

  test('more than one request takes are changed in several', async () => {
    const others = Array.from(
      { length: 1500 },
      (_, index) => `${unknown.slice(0, -4)}${String(index).padStart(4, '0')}`,
    );
    const totals: number[] = [];
    const { done, failed } = await alice.updateAll(
      [...others, ...ids],
      { visibility: 'public' },
      { onProgress: (now) => totals.push(now.done + now.failed) },
    );
    expect([done, failed.length, totals]).toEqual([3, 1500, [1000, 1503]]);
    const calls = tested.service.api.seen.filter(({ path }) => path === '/v1/files/bulk-update');
    expect(calls).toHaveLength(2);
  });

  test('they are put into the trash, restored, and deleted for good', async () => {
    expect(await alice.deleteAll(ids, { trash: true })).toEqual({ deleted: ids, done: 3, failed: [] });
    expect((await alice.get(`${ids[0]}`)).deletedAt).toBeDefined();
    expect(await alice.restoreAll(ids)).toMatchObject({ done: 3, failed: [] });
    expect((await alice.get(`${ids[0]}`)).deletedAt).toBeUndefined();
    expect((await alice.deleteAll(ids)).deleted).toEqual(ids);
    expect((await errorOf(alice.get(`${ids[0]}`))).code).toBe('file/not-found');
  });

  test('files that a try deleted whose answer was lost are deleted', async () => {
    let times = 0;
    tested.service.api.decide = ({ path }) =>
      path === '/v1/files/bulk-delete' && times++ === 0 ? { kind: 'lose-answer' } : undefined;
    expect(await alice.deleteAll(ids)).toEqual({ deleted: ids, done: 3, failed: [] });
  });

  test('no ids send nothing', async () => {
    tested.service.api.calm();
    expect(await alice.updateAll([], { addTags: ['new'] })).toMatchObject({ done: 0, failed: [] });
    expect(tested.service.api.seen).toEqual([]);
  });
});

describe('many files, by a filter', { timeout: 30_000 }, () => {
  test('those that match are changed, and no others', async () => {
    const [first = ''] = ids;
    await alice.update(first, { metadata: { tags: ['kept'] } });
    const outcome = await alice.updateAll({ folder, tag: 'old' }, { addTags: ['new'] }, { expectedTotal: 2 });
    expect(outcome).toMatchObject({ done: 2, failed: [] });
    expect((await tagsOf()).sort()).toEqual([['kept'], ['old', 'new'], ['old', 'new']]);
  });

  test('they are put into the trash, restored, and deleted for good', async () => {
    expect(await alice.deleteAll({ folder }, { trash: true })).toEqual({ deleted: [], done: 3, failed: [] });
    expect(await alice.restoreAll({ folder }, { expectedTotal: 3 })).toMatchObject({ done: 3 });
    expect(await alice.deleteAll({ folder }, { expectedTotal: 3 })).toMatchObject({ done: 3 });
    expect((await alice.listPage({ folder })).items).toEqual([]);
  });

  test('where it takes another number of files than expected, nothing is done', async () => {
    const error = await errorOf(alice.deleteAll({ folder }, { expectedTotal: 2 }));
    expect(error).toMatchObject({ code: 'file/total-changed', details: { total: 3 } });
    expect((await alice.listPage({ folder })).items).toHaveLength(3);
  });

  test('a call with a number of files is not repeated when its answer was lost', async () => {
    tested.service.api.decide = ({ path }) =>
      path === '/v1/files/bulk-delete' ? { kind: 'lose-answer' } : undefined;
    const error = await errorOf(alice.deleteAll({ folder }, { expectedTotal: 3 }));
    expect(error.code).toBe('client/network');
    expect(tested.service.api.seen.filter(({ path }) => path.endsWith('bulk-delete'))).toHaveLength(1);
  });
});

test('a bulk call ends with its signal, and sends nothing after', async () => {
  tested.service.api.calm();
  const error = await errorOf(alice.deleteAll(ids, { signal: AbortSignal.abort() }));
  expect(error.code).toBe('client/aborted');
  expect(tested.service.api.seen).toEqual([]);
});
