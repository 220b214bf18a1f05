import type { DownloadUrlAnswer, FileView, ImageUrlAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type AccessCaller,
  accessCells,
  fieldsOf,
  fullMetadata,
} from '../../../test-support/src/access/access-table.ts';
import type { Answer, Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { exampleOf } from '../docs/examples.ts';
import type { OpenApi } from '../docs/open-api.ts';
import { photograph } from '../images/sample-images.ts';

/** The access table once more, for files in the trash: owner and admins see the record and may restore or delete it. */

const { apiUrl, imagesUrl } = inject('service');
let tenant: Tenant;
let owner: Client;
let callers: Record<AccessCaller, Client>;
let bytes: Uint8Array<ArrayBuffer>;
let openApi: OpenApi;

beforeAll(async () => {
  tenant = await createTenant();
  owner = await tenant.user('alice');
  callers = {
    owner,
    admin: tenant.admin,
    'another user': await tenant.user('carol'),
    'named user': await tenant.user('bob'),
    guest: tenant.guest,
  };
  bytes = new Uint8Array(await photograph());
  openApi = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as OpenApi;
});

const newImage = (visibility: FileView['visibility']) =>
  uploadFile(owner, {
    ...{ visibility, sharedWith: ['bob'], width: 3, height: 2, metadata: fullMetadata },
    ...{ bytes, originalName: 'photo.jpg', mimeType: 'image/jpeg' },
  });

/** Every route with a file's id in its path, with a body that its schema accepts. */
function routesOfFiles() {
  return Object.entries(openApi.paths).flatMap(([path, operations]) =>
    path.includes('{fileId}')
      ? Object.entries(operations).map(([method, operation]) => {
          const schema = operation.requestBody?.content['application/json'].schema;
          return {
            name: `${method.toUpperCase()} ${path}`,
            ask: (client: Client, id: string): Promise<Answer> =>
              client.send(
                method.toUpperCase() as 'GET',
                path.replace('{fileId}', id).replaceAll(/\{\w+\}/g, 'bob'),
                schema && exampleOf(openApi, schema),
              ),
          };
        })
      : [],
  );
}

/** Every route that takes the ids of files in its body, but those that delete and restore files in the trash. */
function routesOfIds(): string[] {
  return Object.entries(openApi.paths)
    .filter(([, { post }]) => post?.requestBody?.content['application/json'].schema.properties?.ids)
    .map(([path]) => path)
    .filter((path) => !/\/bulk-(delete|restore)$/.test(path));
}

/** Routes that answer owner and admins about a file in the trash. */
const routesOfTrash = [
  'GET /v1/files/{fileId}',
  'DELETE /v1/files/{fileId}',
  'POST /v1/files/{fileId}/restore',
];

describe.each(accessCells)('a %s file in the trash, for %s (else: %s)', (visibility, name, answer) => {
  const mayManage = answer === 'all fields';
  let caller: Client;
  let file: FileView;

  beforeAll(async () => {
    caller = callers[name];
    file = await newImage(visibility);
    await owner.ask('DELETE', `/v1/files/${file.id}?trash=true`);
  });

  const expectHidden = ({ status, json }: Answer, what: string) => {
    // Guests get 401 before an answer depends on a file.
    const expected = name === 'guest' ? [401, 404] : [404];
    expect([what, expected]).toEqual([what, expect.arrayContaining([status])]);
    expect(JSON.stringify(json)).not.toContain(file.s3Key);
  };

  it('is there only for owner and admins, on those routes that know the trash', async () => {
    const routes = routesOfFiles();
    expect(routes.map((route) => route.name)).toEqual(expect.arrayContaining(routesOfTrash));
    for (const { name: route, ask } of routes) {
      if (!routesOfTrash.includes(route) || !mayManage) expectHidden(await ask(caller, file.id), route);
    }
    expect(await owner.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ visibility, sharedWith: ['bob'] });
  });

  it('is refused for requests with ids of many files', async () => {
    const routes = routesOfIds();
    expect(routes).toContain('/v1/files/download-urls');
    for (const route of routes) {
      const set = route.endsWith('/bulk-update') ? { set: { visibility: 'public' } } : {};
      const { status, json } = await caller.send('POST', route, { ids: [file.id], ...set });
      expect([200, 401]).toContain(status);
      const text = JSON.stringify(json);
      expect(text).not.toContain(file.s3Key);
      if (status === 200) expect(text).toContain('"file/not-found"');
    }
  });

  it('is read with all fields, or not at all', async () => {
    const { status, json } = await caller.send<FileView>('GET', `/v1/files/${file.id}`);
    expect(status).toBe(mayManage ? 200 : 404);
    if (!mayManage) return;
    const fields = fieldsOf(visibility, 'all fields').file.filter((field) => field !== 'url');
    expect(Object.keys(json).sort()).toEqual([...fields, 'deletedAt'].sort());
  });

  it('is in the list of the trash for owner and admins, and in no other list', async () => {
    const has = async (query: string) => {
      const { items } = await caller.ask<{ items: FileView[] }>('GET', `/v1/files?limit=100&${query}`);
      return items.some(({ id }) => id === file.id);
    };
    for (const query of [
      '',
      'ownerId=alice',
      `visibility=${visibility}`,
      'search=photo',
      'category=images',
    ]) {
      expect([query, await has(query)]).toEqual([query, false]);
      expect([query, await has(`trash=true&${query}`)]).toEqual([query, mayManage]);
    }
  });

  it('is not touched by others’ requests for many files', async () => {
    if (mayManage) return;
    const { status, json } = await caller.send('POST', '/v1/files/bulk-delete', { ids: [file.id] });
    if (name === 'guest') expect(status).toBe(401);
    else expect(json).toEqual({ deleted: [], failed: [{ id: file.id, code: 'file/not-found' }] });
    const emptied = await caller.send('DELETE', '/v1/trash');
    if (name === 'guest') expect(emptied.status).toBe(401);
    else expect(emptied.json).toEqual({ done: 0, remaining: 0 });
    expect(await owner.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ id: file.id });
  });

  it('is restored, and deleted, by owner and admins', async () => {
    if (!mayManage) return;
    expect(await caller.ask('POST', `/v1/files/${file.id}/restore`)).toEqual(file);
    expect(await caller.ask('DELETE', `/v1/files/${file.id}?trash=true`)).toEqual({});
    expect(await caller.ask('DELETE', `/v1/files/${file.id}`)).toEqual({});
  });
});

describe('what was given before a file was put into the trash', () => {
  it.each(['private', 'protected', 'shared', 'public'] as const)(
    'images of a %s file end within five seconds, downloads at their end, and both work again after restoring',
    async (visibility) => {
      const file = await newImage(visibility);
      const path = `/v1/files/${file.id}`;
      const viewers =
        visibility === 'shared' ? [owner, tenant.admin, callers['named user']] : [owner, tenant.admin];
      const images: string[] =
        visibility === 'public'
          ? [file.key, `${file.key}?download`, `100x100/${file.key}`].map(
              (address) => `${imagesUrl}/${address}`,
            )
          : [];
      for (const viewer of viewers) {
        for (const options of [undefined, '100x100/smart']) {
          images.push((await viewer.ask<ImageUrlAnswer>('POST', `${path}/image-url`, { options })).url);
        }
      }
      const { url } = await owner.ask<DownloadUrlAnswer>('POST', `${path}/download-url`, {
        expiresIn: 600,
      });
      const statuses = () => Promise.all(images.map(async (image) => (await fetch(image)).status));
      const all = (status: number) => images.map(() => status);
      expect(await statuses()).toEqual(all(200));
      await owner.ask('DELETE', `${path}?trash=true`);
      await expect.poll(statuses, { timeout: 5_000 }).toEqual(all(404));
      expect((await fetch(url)).status).toBe(200);
      await owner.ask('POST', `${path}/restore`);
      await expect.poll(statuses, { timeout: 5_000 }).toEqual(all(200));
    },
  );
});
