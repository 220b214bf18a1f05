import {
  type DownloadUrlsAnswer,
  type FileView,
  type Visibility,
  visibilities,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ownFields, readableBy } from '../../../test-support/src/access/access-table.ts';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

/** Fields that each caller may read in the file's own environment: the access table. */
const readers: Record<string, readonly Visibility[]> = {
  'its owner': readableBy('owner'),
  'a secret key': readableBy('admin'),
  'a user with the admin role': readableBy('admin'),
  'another user': readableBy('another user'),
  'a user it is shared with': readableBy('named user'),
  'a guest': readableBy('guest'),
};
const managers = ['its owner', 'a secret key', 'a user with the admin role'];

/** The same people with what they have in another environment of the same project, and with credentials mixed. */
const strangers = [
  'its owner, in another environment',
  'a user it is shared with, in another environment',
  'a secret key of another environment',
  'an admin of another environment',
  'a guest of another environment',
  'its owner’s token of another environment with this one’s key',
  'an admin’s token of another environment with this one’s key',
  'its owner’s token of this environment with another one’s key',
  'an admin’s token without an environment with this one’s key',
];

let tenant: AttackedTenant;
let callers: Record<string, Client>;
let files: Record<Visibility, FileView>;

beforeAll(async () => {
  const here = await createAttackedTenant();
  tenant = here;
  const [project = ''] = here.environment.split('/');
  const there = await createAttackedTenant({ project, env: 'prod' });
  const elsewhere = await createAttackedTenant();
  const mixed = ({ publishable }: AttackedTenant, token: string) =>
    createClient(inject('service').apiUrl, {
      'X-API-Key': publishable.key,
      Authorization: `Bearer ${token}`,
    });
  callers = {
    'its owner': here.user('alice'),
    'a secret key': here.admin,
    'a user with the admin role': here.adminUser('root'),
    'another user': here.user('bob'),
    'a user it is shared with': here.user('carol'),
    'a guest': here.guest,
    'its owner, in another environment': there.user('alice'),
    'a user it is shared with, in another environment': there.user('carol'),
    'a secret key of another environment': there.admin,
    'an admin of another environment': there.adminUser('root'),
    'a guest of another environment': there.guest,
    'its owner’s token of another environment with this one’s key': mixed(here, there.sign({ sub: 'alice' })),
    'an admin’s token of another environment with this one’s key': mixed(
      here,
      there.sign({ sub: 'root', role: 'admin' }),
    ),
    'its owner’s token of this environment with another one’s key': mixed(there, here.sign({ sub: 'alice' })),
    'an admin’s token without an environment with this one’s key': mixed(
      here,
      elsewhere.sign({ sub: 'root', role: 'admin', environment: undefined }),
    ),
  };
  files = Object.fromEntries(
    await Promise.all(
      visibilities.map(async (visibility) => {
        const fields = { visibility, sharedWith: ['carol'], originalName: `hidden-${visibility}.png` };
        return [
          visibility,
          await uploadFile(here.user('alice'), { ...fields, mimeType: 'image/png' }),
        ] as const;
      }),
    ),
    // One of each visibility.
  ) as Record<Visibility, FileView>;
});

type Ask = (client: Client, file: FileView) => Promise<{ status: number; json: unknown }>;

const reads: Record<string, Ask> = {
  get: (client, { id }) => client.send('GET', `/v1/files/${id}`),
  'download-url by POST': (client, { id }) => client.send('POST', `/v1/files/${id}/download-url`),
  'download-url by GET': (client, { id }) => client.send('GET', `/v1/files/${id}/download-url`),
  'download-urls': async (client, { id }) => {
    const answer = await client.send<DownloadUrlsAnswer>('POST', '/v1/files/download-urls', { ids: [id] });
    const isRefused = answer.json.urls?.some((url) => 'error' in url);
    return { status: isRefused ? 404 : answer.status, json: answer.json };
  },
  'image-url': (client, { id }) => client.send('POST', `/v1/files/${id}/image-url`),
};

const changes: Record<string, Ask> = {
  rename: (client, { id }) => client.send('PATCH', `/v1/files/${id}`, { originalName: 'taken.png' }),
  publish: (client, { id }) => client.send('PATCH', `/v1/files/${id}`, { visibility: 'public' }),
  share: (client, { id }) => client.send('PUT', `/v1/files/${id}/shares/mallory`),
  'share anew': (client, { id }) => client.send('PUT', `/v1/files/${id}/shares`, { sharedWith: ['mallory'] }),
  unshare: (client, { id }) => client.send('DELETE', `/v1/files/${id}/shares`),
  'read shares': (client, { id }) => client.send('GET', `/v1/files/${id}/shares`),
  delete: (client, { id }) => client.send('DELETE', `/v1/files/${id}`),
  'register again': (client, { s3Key, size }) =>
    client.send('POST', '/v1/files', { s3Key, size, originalName: 'taken.png', mimeType: 'image/png' }),
};

function callerNamed(name: string): Client {
  return callers[name] ?? expect.fail(`no such caller: ${name}`);
}

/** Whether an answer tells anything of a file that it must not tell. */
const tells = (json: unknown, { s3Key }: FileView) =>
  JSON.stringify(json).includes('hidden-') || JSON.stringify(json).includes(s3Key);

describe('the access table', () => {
  it.each([...Object.keys(readers), ...strangers])(
    'lets %s read what it may, and nothing else',
    async (name) => {
      const client = callerNamed(name);
      const wrong: string[] = [];
      for (const visibility of visibilities) {
        const may = readers[name]?.includes(visibility) ?? false;
        for (const [operation, ask] of Object.entries(reads)) {
          const { status, json } = await ask(client, files[visibility]);
          if (may ? status !== 200 : status < 400 || tells(json, files[visibility]))
            wrong.push(`${operation} of a ${visibility} file: ${status}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each([...Object.keys(readers), ...strangers])(
    'shows %s in lists what it may read, and nothing else',
    async (name) => {
      const wrong: string[] = [];
      for (const query of [{}, { search: 'hidden' }, { ownerId: 'alice' }, { mimeType: 'image/*' }]) {
        const shown = await listFiles(callerNamed(name), query).catch(() => ({ items: [] }));
        for (const visibility of visibilities) {
          const isShown = shown.items.some(({ id }) => id === files[visibility].id);
          const may = readers[name]?.includes(visibility) ?? false;
          // Only those who may see owners find anything by one.
          const must = may && !('ownerId' in query);
          if (isShown ? !may : must) wrong.push(`${visibility} with ${JSON.stringify(query)}: ${isShown}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.each([...Object.keys(readers), ...strangers].filter((name) => !managers.includes(name)))(
    'lets %s change nothing',
    async (name) => {
      const wrong: string[] = [];
      for (const visibility of visibilities) {
        const file = files[visibility];
        const before = await callerNamed('its owner').ask('GET', `/v1/files/${file.id}`);
        for (const [operation, ask] of Object.entries(changes)) {
          const { status, json } = await ask(callerNamed(name), file);
          const isKnown = readers[name]?.includes(visibility);
          if (status < 400 || (tells(json, file) && !isKnown))
            wrong.push(`${operation} a ${visibility} file: ${status}`);
        }
        const bulk = await callerNamed(name).send<{ deleted?: string[] }>('POST', '/v1/files/bulk-delete', {
          ids: [file.id],
        });
        if (bulk.json.deleted?.length) wrong.push(`bulk-delete a ${visibility} file`);
        const after = await callerNamed('its owner').ask('GET', `/v1/files/${file.id}`);
        if (JSON.stringify(after) !== JSON.stringify(before))
          wrong.push(`the ${visibility} file has changed`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it('makes no user the owner of a service’s file by the id of its key', async () => {
    const theirs = await uploadFile(tenant.admin, { visibility: 'private', originalName: 'hidden.txt' });
    const mallory = tenant.user(tenant.secret.id);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const body = method === 'PATCH' ? { originalName: 'taken.txt' } : undefined;
      expect((await mallory.send(method, `/v1/files/${theirs.id}`, body)).status).toBe(403);
    }
    expect(await tenant.admin.ask('GET', `/v1/files/${theirs.id}`)).toEqual(theirs);
  });

  it('gives other users the public fields alone', async () => {
    for (const name of ['another user', 'a user it is shared with', 'a guest']) {
      const view = await callerNamed(name).ask<object>('GET', `/v1/files/${files.public.id}`);
      expect(Object.keys(view).filter((field) => ownFields.includes(field))).toEqual([]);
    }
  });
});
