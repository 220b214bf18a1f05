import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

let alice: Client;

beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

const metadata = {
  category: 'profile',
  tags: ['a', 'b'],
  description: 'd',
  alt: 'x',
  custom: { exif: { iso: 100, lens: '35mm' }, list: [1, 2] },
};
const newFile = () => uploadFile(alice, { metadata });
const patch = (id: string, change: object) => alice.ask<FileView>('PATCH', `/v1/files/${id}`, change);

describe('changing a file', () => {
  it('changes what is named, says when, and answers with the whole file', async () => {
    const file = await newFile();
    const changed = await patch(file.id, {
      originalName: '새 이름.txt',
      visibility: 'shared',
      sharedWith: ['carol', 'bob', 'bob'],
    });
    expect(changed).toEqual({
      ...file,
      originalName: '새 이름.txt',
      visibility: 'shared',
      sharedWith: ['bob', 'carol'],
      updatedAt: expect.any(String),
    });
    expect(Date.parse(changed.updatedAt)).toBeGreaterThanOrEqual(Date.parse(file.updatedAt));
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(changed);
  });

  it.each<[string, unknown, unknown]>([
    ['one field', { description: 'new' }, { ...metadata, description: 'new' }],
    ['a field that was not there', { relatedEntityId: 'p' }, { ...metadata, relatedEntityId: 'p' }],
    ['a removal', { custom: null, alt: null }, { category: 'profile', tags: ['a', 'b'], description: 'd' }],
    ['a list, as a whole', { tags: ['c'] }, { ...metadata, tags: ['c'] }],
    [
      'a field far inside',
      { custom: { exif: { iso: 200 } } },
      { ...metadata, custom: { exif: { iso: 200, lens: '35mm' }, list: [1, 2] } },
    ],
    [
      'a removal far inside',
      { custom: { exif: { iso: null } } },
      { ...metadata, custom: { exif: { lens: '35mm' }, list: [1, 2] } },
    ],
    ['the removal of what is not there', { relatedEntityId: null }, metadata],
    ['nothing', {}, metadata],
    ['the removal of everything', null, {}],
  ])('merges metadata: %s', async (_, change, expected) => {
    const { id } = await newFile();
    expect((await patch(id, { metadata: change })).metadata).toEqual(expected);
  });

  it('changes nothing when nothing is named', async () => {
    const file = await newFile();
    expect(await patch(file.id, {})).toEqual({ ...file, updatedAt: expect.any(String) });
  });

  it('cannot change what a file is', async () => {
    const file = await newFile();
    const changed = await patch(file.id, {
      id: 'x',
      size: 1,
      mimeType: 'text/html',
      s3Key: 'x',
      ownerId: 'bob',
      bucket: 'temp',
      etag: 'x',
    });
    expect(changed).toEqual({ ...file, updatedAt: expect.any(String) });
  });

  it.each<[string, object, string]>([
    ['a path for a name', { originalName: 'a/b' }, 'file/invalid-name'],
    ['no name', { originalName: '' }, 'file/invalid-name'],
    ['256 bytes of name', { originalName: 'x'.repeat(256) }, 'file/original-name-too-long'],
    ['null for a name', { originalName: null }, 'common/invalid-parameters'],
    ['an unknown visibility', { visibility: 'secret' }, 'common/invalid-parameters'],
    ['an unknown metadata field', { metadata: { colour: 'red' } }, 'common/invalid-parameters'],
    ['metadata that is no object', { metadata: [] }, 'common/invalid-parameters'],
    [
      '51 tags',
      { metadata: { tags: Array.from({ length: 51 }, (_, index) => `${index}`) } },
      'common/invalid-parameters',
    ],
    ['a NUL', { metadata: { alt: '\0' } }, 'common/invalid-parameters'],
    [
      'too many shares',
      { sharedWith: Array.from({ length: 1_001 }, (_, index) => `${index}`) },
      'common/invalid-parameters',
    ],
  ])('is refused for %s, and nothing changes', async (_, change, code) => {
    const file = await newFile();
    const refusal = await alice.refusal('PATCH', `/v1/files/${file.id}`, { visibility: 'public', ...change });
    expect(refusal).toMatchObject({ status: 400, code });
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });

  it('measures the metadata as it would be afterwards', async () => {
    const { id } = await newFile();
    await patch(id, { metadata: { description: 'x'.repeat(15_000) } });
    expect(
      await alice.refusal('PATCH', `/v1/files/${id}`, { metadata: { alt: 'y'.repeat(2_000) } }),
    ).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
    expect((await patch(id, { metadata: { description: null, alt: 'y'.repeat(2_000) } })).metadata.alt).toBe(
      'y'.repeat(2_000),
    );
  });

  it('is refused for metadata nested without end', async () => {
    const { id } = await newFile();
    const response = await fetch(`${inject('service').apiUrl}/v1/files/${id}`, {
      method: 'PATCH',
      headers: { ...alice.headers, 'Content-Type': 'application/json' },
      body: `{"metadata":{"custom":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`,
    });
    expect(response.status).toBe(400);
  });

  it('loses none of many changes made at the same moment', async () => {
    const { id } = await newFile();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        patch(id, { metadata: { custom: { [`field${index}`]: index } } }),
      ),
    );
    const { metadata: merged } = await alice.ask<FileView>('GET', `/v1/files/${id}`);
    expect(Object.keys(merged.custom ?? {})).toHaveLength(22);
  });
});

describe('shares', () => {
  it('are a list, each user once and in order, that can be read, replaced and emptied', async () => {
    const { id } = await uploadFile(alice, { visibility: 'shared' });
    const path = `/v1/files/${id}/shares`;
    expect(await alice.ask('GET', path)).toEqual({ sharedWith: [] });
    expect(await alice.ask('PUT', path, { sharedWith: ['carol', 'bob', 'bob'] })).toEqual({
      sharedWith: ['bob', 'carol'],
    });
    expect(await alice.ask('PUT', `${path}/bob`)).toEqual({ sharedWith: ['bob', 'carol'] });
    expect(await alice.ask('DELETE', `${path}/nobody`)).toEqual({ sharedWith: ['bob', 'carol'] });
    expect(await alice.ask('DELETE', path)).toEqual({ sharedWith: [] });
  });

  it('take users of any name', async () => {
    const { id } = await uploadFile(alice, { visibility: 'shared' });
    for (const name of ['user@example.com', 'auth0|6f/2', '앨리스', '😀', 'a b', '가'.repeat(255)]) {
      const path = `/v1/files/${id}/shares/${encodeURIComponent(name)}`;
      expect(await alice.ask('PUT', path)).toEqual({ sharedWith: [name] });
      expect(await alice.ask('GET', path)).toEqual({ sharedWith: [name] });
      expect(await alice.ask('DELETE', path)).toEqual({ sharedWith: [] });
    }
  });

  it.each<[object]>([
    [{}],
    [{ sharedWith: 'bob' }],
    [{ sharedWith: [7] }],
    [{ sharedWith: ['x'.repeat(256)] }],
    [{ sharedWith: ['a\0b'] }],
    [{ sharedWith: Array.from({ length: 1_001 }, (_, index) => `${index}`) }],
  ])('refuse what is no list of users', async (body) => {
    const { id } = await uploadFile(alice);
    expect(await alice.refusal('PUT', `/v1/files/${id}/shares`, body)).toMatchObject({
      status: 400,
      code: 'common/invalid-parameters',
    });
  });

  it('lose none of many additions at the same moment', async () => {
    const { id } = await uploadFile(alice);
    const names = Array.from({ length: 20 }, (_, index) => `user-${`${index}`.padStart(2, '0')}`);
    await Promise.all(names.map((name) => alice.ask('PUT', `/v1/files/${id}/shares/${name}`)));
    expect(await alice.ask('GET', `/v1/files/${id}/shares`)).toEqual({ sharedWith: names });
  });
});
