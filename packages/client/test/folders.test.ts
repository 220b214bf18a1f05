import { beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../src/node.ts';
import { errorOf, serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
let alice: Storage;
let bob: Storage;
beforeAll(() => {
  alice = tested.storageOf('alice');
  bob = tested.storageOf('bob', { accessToken: () => tested.service.accessToken('bob') });
});

describe('folders', () => {
  test('list what the caller may read in them, page after page, and empty ones that are kept', async () => {
    for (const folder of ['sdk/a', 'sdk/a/b'])
      await alice.upload('text', { folder, metadata: { tags: ['of the sdk'] } });
    expect(await alice.keepFolder('sdk/c & d')).toMatchObject({ name: 'c & d', files: 0 });
    const found: string[] = [];
    for await (const { path, files } of alice.listFolders({ parent: 'sdk' })) found.push(`${path} ${files}`);
    expect(found).toEqual(['sdk/a 1', 'sdk/c & d 0']);
    for await (const { path } of bob.listFolders({ mine: true })) expect(path).not.toMatch(/^sdk/);
    const { tag, isExact } = await alice.facets({ tag: 'of the sdk', sortBy: 'size' });
    expect([tag, isExact]).toEqual([[{ value: 'of the sdk', files: 2 }], true]);
    expect(await errorOf(alice.keepFolder('/'))).toMatchObject({ code: 'file/invalid-folder' });
  });
});
