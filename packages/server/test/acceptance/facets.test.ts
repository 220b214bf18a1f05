import type { FacetsAnswer } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const month = new Date().toISOString().slice(0, 7);

describe('facets', () => {
  it('count the files of the list with the same filters, exactly', async () => {
    const tenant = await createTenant();
    const [alice, bob] = [await tenant.user('alice'), await tenant.user('bob')];
    const text = { mimeType: 'text/plain;charset=utf-8', category: 'documents' } as const;
    await uploadFile(alice, { ...text, visibility: 'public', folder: 'a', metadata: { tags: ['x', 'y'] } });
    await uploadFile(alice, {
      mimeType: 'image/png',
      category: 'images',
      folder: 'a/b',
      metadata: { tags: ['x'] },
    });
    await uploadFile(bob, {
      ...text,
      visibility: 'shared',
      sharedWith: ['alice'],
      metadata: { tags: ['z'] },
    });
    await uploadFile(bob, { ...text, metadata: { tags: ['hidden'] } });

    const facets = (query = '') => alice.ask<FacetsAnswer>('GET', `/v1/files/facets${query}`);
    expect(await facets()).toEqual({
      category: [
        { value: 'documents', files: 2 },
        { value: 'images', files: 1 },
      ],
      visibility: ['private', 'public', 'shared'].map((value) => ({ value, files: 1 })),
      mimeType: [
        { value: 'text/plain', files: 2 },
        { value: 'image/png', files: 1 },
      ],
      tag: [
        { value: 'x', files: 2 },
        { value: 'y', files: 1 },
        { value: 'z', files: 1 },
      ],
      month: [{ value: month, files: 3 }],
      isExact: true,
    });
    const tags = async (query: string) => (await facets(query)).tag.map(({ value }) => value);
    expect(await tags('?mine=true')).toEqual(['x', 'y']);
    expect(await tags('?folder=a')).toEqual(['x', 'y']);
    expect(await tags('?folder=a&recursive=true&category=images')).toEqual(['x']);
    expect(await tags('?folder=/')).toEqual(['z']);
    expect(await tags('?trash=true')).toEqual([]);
    expect(await tags('?tag=y')).toEqual(['x', 'y']);
    expect(await tags('?mimeType=text/plain')).toEqual(['x', 'y', 'z']);
  });

  it('refuse what a list refuses, and what only a list has', async () => {
    const { guest } = await createTenant();
    for (const [query, code] of [
      ['folder=/a', 'file/invalid-folder'],
      ['search=%00', 'common/invalid-parameters'],
      ['limit=10', 'common/invalid-parameters'],
      ['category=none', 'common/invalid-parameters'],
    ] as const) {
      expect(await guest.refusal('GET', `/v1/files/facets?${query}`)).toMatchObject({ status: 400, code });
    }
  });
});
