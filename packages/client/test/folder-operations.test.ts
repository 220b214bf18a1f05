import { beforeAll, describe, expect, test } from 'vitest';
import type { Operation, Storage } from '../src/node.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice');
});

async function foldersOf(filter: object): Promise<string[]> {
  const folders: string[] = [];
  for await (const { folder } of alice.list(filter)) folders.push(folder);
  return folders;
}

describe('operations', { timeout: 30_000 }, () => {
  test('moving and deleting a folder resolve when they are done, and report progress', async () => {
    await alice.upload('a', { filename: 'a.txt', folder: 'from/below' });
    const seen: Operation[] = [];
    const onProgress = (operation: Operation) => seen.push(operation);
    const moved = await alice.moveFolder('from', 'to', { onProgress });
    expect(moved).toMatchObject({ state: 'done', done: 1, failed: 0, total: 1 });
    expect(seen.at(-1)).toEqual(moved);
    expect(await alice.waitForOperation(moved.id)).toEqual(moved);
    expect(await foldersOf({ mine: true })).toEqual(['to/below']);

    expect(await alice.deleteFolder('to', { trash: true })).toMatchObject({ state: 'done', done: 1 });
    expect(await foldersOf({ mine: true })).toEqual([]);
    expect(await foldersOf({ trash: true })).toEqual(['to/below']);
  });

  test('deleting the files of a user is for admins, and waiting can be aborted', async () => {
    expect(await errorOf(alice.deleteFilesOfUser('alice'))).toMatchObject({ code: 'user/forbidden' });
    const signal = AbortSignal.abort();
    expect(await errorOf(alice.moveFolder('x', 'y', { signal }))).toMatchObject({ code: 'client/aborted' });
  });
});
