import { type FileView, visibilities } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Answer, type Client, createClient } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import {
  createKey,
  createTenant,
  type ShownKey,
  signToken,
  type Tenant,
} from '../../../test-support/src/tenant/tenant.ts';

/**
 * The access table once more, with the same users of another environment: of the same project, and of another. Each asks
 * with the keys and tokens of both environments in every combination that is not all of one.
 */

const { apiUrl } = inject('service');
/** A folder with files, in one environment; and a name that no answer to a caller of the other may hold. */
const folder = 'here';
const secret = 'known-here-alone';
const users = {
  owner: 'alice',
  'named user': 'bob',
  'another user': 'carol',
  'admin by role': 'root',
} as const;
type Name = keyof typeof users | 'guest' | 'admin by key';
const names: readonly Name[] = [
  'owner',
  'named user',
  'another user',
  'admin by role',
  'guest',
  'admin by key',
];

interface Credentials {
  readonly environment: Tenant['environment'];
  readonly publishable: ShownKey;
  readonly secret: ShownKey;
}

let here: Tenant;
let elsewhere: Record<string, Credentials>;
let owner: Client;

beforeAll(async () => {
  const [mine, other] = await Promise.all([createTenant(), createTenant()]);
  here = mine;
  const inProd = (type: ShownKey['type']) =>
    createKey(['--type', type, '--project', here.project, '--env', 'prod']);
  const [publishable, secret] = [await inProd('publishable'), await inProd('secret')];
  elsewhere = {
    'the same project': { environment: `${here.project}/prod`, publishable, secret },
    'another project': other,
  };
  owner = await here.user('alice');
});

/** Everything that can be asked of a file by its id. */
const operations: Record<string, (client: Client, id: string) => Promise<Answer>> = {
  reading: (client, id) => client.send('GET', `/v1/files/${id}`),
  'asking where to download': (client, id) => client.send('POST', `/v1/files/${id}/download-url`),
  'asking where to download, as GET': (client, id) => client.send('GET', `/v1/files/${id}/download-url`),
  'signing an image URL': (client, id) => client.send('POST', `/v1/files/${id}/image-url`),
  changing: (client, id) => client.send('PATCH', `/v1/files/${id}`, { visibility: 'public' }),
  'reading shares': (client, id) => client.send('GET', `/v1/files/${id}/shares`),
  'replacing shares': (client, id) =>
    client.send('PUT', `/v1/files/${id}/shares`, { sharedWith: ['mallory'] }),
  'emptying shares': (client, id) => client.send('DELETE', `/v1/files/${id}/shares`),
  'reading a share': (client, id) => client.send('GET', `/v1/files/${id}/shares/bob`),
  'adding a share': (client, id) => client.send('PUT', `/v1/files/${id}/shares/mallory`),
  'removing a share': (client, id) => client.send('DELETE', `/v1/files/${id}/shares/bob`),
  'putting into the trash': (client, id) => client.send('DELETE', `/v1/files/${id}?trash=true`),
  restoring: (client, id) => client.send('POST', `/v1/files/${id}/restore`),
  copying: (client, id) => client.send('POST', `/v1/files/${id}/copy`),
  'presigning contents': (client, id) =>
    client.send('POST', `/v1/files/${id}/content/presigned-url`, { contentType: 'text/plain' }),
  'initiating contents': (client, id) =>
    client.send('POST', '/v1/files/multipart/init', {
      ...{ filename: 'a.txt', contentType: 'text/plain', fileSize: 1, fileId: id },
    }),
  'listing versions': (client, id) => client.send('GET', `/v1/files/${id}/versions`),
  // The first contents have the id of their file.
  'reading a version': (client, id) => client.send('GET', `/v1/files/${id}/download-url?versionId=${id}`),
  'restoring a version': (client, id) => client.send('POST', `/v1/files/${id}/versions/${id}/restore`),
  'deleting a version': (client, id) => client.send('DELETE', `/v1/files/${id}/versions/${id}`),
  deleting: (client, id) => client.send('DELETE', `/v1/files/${id}`),
};
/** Requests without a file in their path, which callers without rights may make, too. */
const lists: Record<string, (client: Client, id: string) => Promise<Answer>> = {
  listing: (client) => client.send('GET', '/v1/files?limit=100'),
  'listing the files of a folder': (client) =>
    client.send('GET', `/v1/files?folder=${folder}&recursive=true&limit=100`),
  'listing one’s own': (client) => client.send('GET', '/v1/files?mine=true&limit=100'),
  'listing the owner’s': (client) => client.send('GET', '/v1/files?ownerId=alice&limit=100'),
  'listing the trash': (client) => client.send('GET', '/v1/files?trash=true&limit=100'),
  'counting facets': (client) => client.send('GET', '/v1/files/facets'),
  'counting facets with a filter': (client) => client.send('GET', `/v1/files/facets?tag=${secret}`),
  'listing folders': (client) => client.send('GET', `/v1/folders?parent=${folder}`),
  'listing own folders': (client) => client.send('GET', `/v1/folders?parent=${folder}&mine=true`),
  'moving a folder': (client) => client.send('POST', '/v1/folders/move', { from: folder, to: 'there' }),
  'deleting a folder': (client) => client.send('DELETE', `/v1/folders/${folder}`),
  'keeping a folder': (client) => client.send('PUT', `/v1/folders/${folder}%2Fkept`),
  'bulk deletion': (client, id) => client.send('POST', '/v1/files/bulk-delete', { ids: [id] }),
};

const inBackground = ['moving a folder', 'deleting a folder'];
const forUsers = [...inBackground, 'keeping a folder', 'bulk deletion'];

/** Tries all operations at the same time; each is refused, so that none gets in the way of another. */
async function forEach(
  asked: typeof operations,
  tryIt: (operation: string, ask: (typeof operations)[string]) => Promise<void>,
): Promise<void> {
  await Promise.all(Object.entries(asked).map(([operation, ask]) => tryIt(operation, ask)));
}

async function clientOf(name: Name, key: Credentials, tokenOf: Credentials): Promise<Client> {
  const shown = name === 'admin by key' ? key.secret : key.publishable;
  const userId = name in users ? users[name as keyof typeof users] : undefined;
  const token =
    userId === undefined
      ? undefined
      : await signToken({
          userId,
          environment: tokenOf.environment,
          ...(name === 'admin by role' && { role: 'admin' }),
        });
  return createClient(apiUrl, {
    'X-API-Key': shown.key,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  });
}

const cells = ['the same project', 'another project'].flatMap((where) =>
  visibilities.flatMap((visibility) => names.map((name) => [where, visibility, name] as const)),
);

describe.each(cells)('of %s, a %s file, for the %s of the other environment', (where, visibility, name) => {
  let there: Credentials;
  let file: FileView;
  beforeAll(async () => {
    there = elsewhere[where] ?? expect.fail(`no such environment: ${where}`);
    file = await uploadFile(owner, {
      visibility,
      sharedWith: ['bob'],
      folder: `${folder}/${secret}`,
      metadata: { tags: [secret] },
    });
  });

  it('is refused, by key and token of the other environment', async () => {
    const client = await clientOf(name, there, there);
    await forEach(operations, async (operation, ask) => {
      const { status, json } = await ask(client, file.id);
      expect([401, 404], operation).toContain(status);
      expect([operation, JSON.stringify(json)]).not.toContain(file.s3Key);
      if (status === 401) expect([operation, name]).toEqual([operation, 'guest']);
    });
    await forEach(lists, async (operation, ask) => {
      const { status, json } = await ask(client, file.id);
      const success = inBackground.includes(operation) ? 202 : 200;
      expect([operation, status]).toEqual([
        operation,
        name === 'guest' && forUsers.includes(operation) ? 401 : success,
      ]);
      for (const text of [file.s3Key, secret, '"deleted":["']) {
        expect([operation, JSON.stringify(json)]).not.toContain(text);
      }
    });
  });

  it('is refused, with a key of one environment and a token of the other', async () => {
    // Keys alone have no token to mix: what they get of the other environment is shown above.
    const clients =
      name in users ? [await clientOf(name, here, there), await clientOf(name, there, here)] : [];
    for (const client of clients) {
      await forEach({ ...operations, ...lists }, async (operation, ask) => {
        const { status, json } = await ask(client, file.id);
        expect([operation, status]).toEqual([operation, 401]);
        expect(json).toMatchObject({
          error: { code: 'auth/invalid-access-token', details: { reason: 'wrong-environment' } },
        });
      });
    }
  });

  it('is as it was, for its owner', async () => {
    expect(await owner.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });
});
