import type { FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import {
  ifMatch,
  listVersions,
  replaceContents,
  sendContents,
} from '../../../test-support/src/api/contents.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
const bytesOf = (text: string) => new TextEncoder().encode(text);

let tenant: Tenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createTenant();
  await tenant.admin.ask('PATCH', '/v1/environment', { 'versions.keep': 5 });
  alice = await tenant.user('alice');
});

/** A request that changes a file, made for this one. */
interface Change {
  readonly path: string;
  readonly body?: unknown;
}

const at =
  (path: string, body?: unknown) =>
  ({ id }: FileView): Change => ({ path: path.replace('{fileId}', id), body });

const ofVersion = (path: string) => async (file: FileView) => {
  const [version] = await listVersions(alice, file.id);
  return at(path.replace('{versionId}', version?.versionId ?? ''))(file);
};

/** Every endpoint that changes one file, and a request that it accepts without a condition. */
const changes: Readonly<Record<string, (file: FileView) => Change | Promise<Change>>> = {
  'PATCH /v1/files/{fileId}': at('/v1/files/{fileId}', { originalName: 'changed.txt' }),
  'DELETE /v1/files/{fileId}': at('/v1/files/{fileId}'),
  'POST /v1/files/{fileId}/restore': async (file) => {
    await alice.ask('DELETE', `/v1/files/${file.id}?trash=true`);
    return at('/v1/files/{fileId}/restore')(file);
  },
  'PUT /v1/files/{fileId}/content': async ({ id }) => {
    const body = await sendContents(alice, id, { bytes: bytesOf('the newest') });
    return { path: `/v1/files/${id}/content`, body };
  },
  'PATCH /v1/files/{fileId}/visibility': at('/v1/files/{fileId}/visibility', { visibility: 'public' }),
  'PUT /v1/files/{fileId}/shares': at('/v1/files/{fileId}/shares', { sharedWith: ['bob'] }),
  'DELETE /v1/files/{fileId}/shares': at('/v1/files/{fileId}/shares'),
  'PUT /v1/files/{fileId}/shares/{userId}': at('/v1/files/{fileId}/shares/bob'),
  'DELETE /v1/files/{fileId}/shares/{userId}': at('/v1/files/{fileId}/shares/carol'),
  'POST /v1/files/{fileId}/versions/{versionId}/restore': ofVersion(
    '/v1/files/{fileId}/versions/{versionId}/restore',
  ),
  'DELETE /v1/files/{fileId}/versions/{versionId}': ofVersion('/v1/files/{fileId}/versions/{versionId}'),
};

/** Endpoints below a file that a writer may call, and that change no file. */
const unchanging = [
  'POST /v1/files/{fileId}/complete',
  'POST /v1/files/{fileId}/content/presigned-url',
  'POST /v1/files/{fileId}/copy',
];

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
}

const methodOf = (endpoint: string) => endpoint.split(' ')[0] as 'POST';

/** A file with a former version, and the ETag that it had before. */
async function replacedFile(): Promise<{ readonly file: FileView; readonly staleEtag: string }> {
  const { id, etag: staleEtag } = await uploadFile(alice, { visibility: 'shared', sharedWith: ['carol'] });
  const file = await replaceContents(alice, id, { bytes: bytesOf(`contents of ${id}`) });
  return { file, staleEtag };
}

describe('If-Match', () => {
  it('is described at every endpoint that changes one file', async () => {
    const answer = await fetch(`${apiUrl}/openapi.json`);
    // The service's word for it.
    const { paths } = (await answer.json()) as Description;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method]) => path.startsWith('/v1/files/{fileId}') && method !== 'get')
        .map(([method, operation]) => ({ endpoint: `${method.toUpperCase()} ${path}`, operation })),
    );
    const conditional = described.filter(({ operation }) =>
      operation.parameters?.some(({ name }) => name === 'if-match'),
    );
    expect(conditional.map(({ endpoint }) => endpoint).sort()).toEqual(Object.keys(changes).sort());
    const others = described.filter((each) => !conditional.includes(each)).map(({ endpoint }) => endpoint);
    const readings = ['POST /v1/files/{fileId}/download-url', 'POST /v1/files/{fileId}/image-url'];
    expect(others.sort()).toEqual([...unchanging, ...readings].sort());
  });

  it.each(Object.entries(changes))(
    'of another ETag refuses %s, and nothing changes',
    async (endpoint, of) => {
      const { file, staleEtag } = await replacedFile();
      const { path, body } = await of(file);
      const before = await alice.ask('GET', `/v1/files/${file.id}`);
      const versions = await listVersions(alice, file.id).catch(() => []);
      const details = { etag: file.etag, version: file.version };
      for (const etags of [`"${staleEtag}"`, `W/"${file.etag}"`, file.etag, '"x", "y"', '']) {
        const client = createClient(apiUrl, { ...alice.headers, 'If-Match': etags });
        const refusal = await client.refusal(methodOf(endpoint), path, body);
        expect({ etags, ...refusal }).toMatchObject({
          etags,
          ...{ status: 412, code: 'file/version-conflict', details },
        });
      }
      expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(before);
      expect(await listVersions(alice, file.id).catch(() => [])).toEqual(versions);
    },
  );

  it.each(Object.entries(changes))('of the file’s ETag, or *, lets %s pass', async (endpoint, of) => {
    for (const condition of ['"{etag}"', '"other", "{etag}"', '*']) {
      const { file } = await replacedFile();
      const { path, body } = await of(file);
      const client = createClient(apiUrl, {
        ...alice.headers,
        'If-Match': condition.replace('{etag}', file.etag),
      });
      expect((await client.send(methodOf(endpoint), path, body)).status).toBe(200);
    }
  });

  it('comes after the caller’s rights and the request’s faults, and hides no file', async () => {
    const { file } = await replacedFile();
    const stale = (client: Client) => ifMatch(apiUrl, client, 'stale');
    const bob = stale(await tenant.user('bob'));
    const path = `/v1/files/${file.id}`;
    for (const [method, body] of [
      ['PATCH', { originalName: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      expect(await bob.refusal(method, path, body)).toMatchObject({ code: 'file/access-denied' });
      const gone = '/v1/files/0199e1a2-3b4c-7d5e-8f60-718293a4b5c6';
      expect(await stale(alice).refusal(method, gone, body)).toMatchObject({ code: 'file/not-found' });
    }
    expect(await stale(alice).refusal('PATCH', path, { originalName: '..' })).toMatchObject({
      code: 'file/invalid-name',
    });
  });

  it('is about the contents: of two changes of other fields at once both pass, and of a replacement and a change one may not', async () => {
    const { file } = await replacedFile();
    const client = ifMatch(apiUrl, alice, file.etag);
    const patch = (body: object) => client.send<FileView>('PATCH', `/v1/files/${file.id}`, body);
    const both = await Promise.all([patch({ originalName: 'one.txt' }), patch({ folder: 'two' })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const now = await alice.ask<FileView>('GET', `/v1/files/${file.id}`);
    expect(now).toMatchObject({ originalName: 'one.txt', folder: 'two', etag: file.etag });
    await replaceContents(alice, file.id, { bytes: bytesOf('newer still') });
    expect((await patch({ folder: 'three' })).status).toBe(412);
  });
});
