import { type FileView, visibilities } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Answer, type Client, createClient } from '../support/client.ts';
import { createKey, createTenant, type ShownKey, signToken, type Tenant } from '../support/tenant.ts';
import { uploadFile } from '../support/uploads.ts';

/**
 * The access table once more, with the same users of another environment: of the same project, and of another. Each asks
 * with the keys and tokens of both environments in every combination that is not all of one.
 */

const { apiUrl } = inject('service');
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

interface Place {
  readonly environment: Tenant['environment'];
  readonly publishable: ShownKey;
  readonly secret: ShownKey;
}

let here: Tenant;
let elsewhere: Record<string, Place>;
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
  'asking for a picture': (client, id) => client.send('POST', `/v1/files/${id}/image-url`),
  changing: (client, id) => client.send('PATCH', `/v1/files/${id}`, { visibility: 'public' }),
  'reading shares': (client, id) => client.send('GET', `/v1/files/${id}/shares`),
  'replacing shares': (client, id) =>
    client.send('PUT', `/v1/files/${id}/shares`, { sharedWith: ['mallory'] }),
  'emptying shares': (client, id) => client.send('DELETE', `/v1/files/${id}/shares`),
  'reading a share': (client, id) => client.send('GET', `/v1/files/${id}/shares/bob`),
  'adding a share': (client, id) => client.send('PUT', `/v1/files/${id}/shares/mallory`),
  'removing a share': (client, id) => client.send('DELETE', `/v1/files/${id}/shares/bob`),
  deleting: (client, id) => client.send('DELETE', `/v1/files/${id}`),
};
/** What names no file in its path, and is good for callers without rights, too. */
const lists: Record<string, (client: Client, id: string) => Promise<Answer>> = {
  listing: (client) => client.send('GET', '/v1/files?limit=100'),
  'listing the owner’s': (client) => client.send('GET', '/v1/files?ownerId=alice&limit=100'),
  'bulk deletion': (client, id) => client.send('POST', '/v1/files/bulk-delete', { ids: [id] }),
};

async function clientOf(name: Name, key: Place, tokenOf: Place): Promise<Client> {
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

const cells = ['the same project', 'another project'].flatMap((place) =>
  visibilities.flatMap((visibility) => names.map((name) => [place, visibility, name] as const)),
);

describe.each(cells)('of %s, a %s file, for the %s of the other environment', (where, visibility, name) => {
  let there: Place;
  let file: FileView;
  beforeAll(async () => {
    there = elsewhere[where] ?? expect.fail(`no such place: ${where}`);
    file = await uploadFile(owner, { visibility, sharedWith: ['bob'] });
  });

  it('is none, by key and token of the other environment', async () => {
    const client = await clientOf(name, there, there);
    for (const [operation, ask] of Object.entries(operations)) {
      const { status, json } = await ask(client, file.id);
      expect([401, 404], operation).toContain(status);
      expect([operation, JSON.stringify(json)]).not.toContain(file.s3Key);
      if (status === 401) expect([operation, name]).toEqual([operation, 'guest']);
    }
    for (const [operation, ask] of Object.entries(lists)) {
      const { status, json } = await ask(client, file.id);
      expect([operation, status]).toEqual([
        operation,
        name === 'guest' && operation === 'bulk deletion' ? 401 : 200,
      ]);
      expect([operation, JSON.stringify(json)]).not.toContain(file.s3Key);
      expect(JSON.stringify(json)).not.toContain('"deleted":["');
    }
  });

  it('is refused, with a key of one environment and a token of the other', async () => {
    // Keys alone have no token to mix: what they get of the other environment is shown above.
    const clients =
      name in users ? [await clientOf(name, here, there), await clientOf(name, there, here)] : [];
    for (const client of clients) {
      for (const [operation, ask] of Object.entries({ ...operations, ...lists })) {
        const { status, json } = await ask(client, file.id);
        expect([operation, status]).toEqual([operation, 401]);
        expect(json).toMatchObject({
          error: { code: 'auth/invalid-access-token', details: { reason: 'wrong-environment' } },
        });
      }
    }
  });

  it('is as it was, for its owner', async () => {
    expect(await owner.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });
});
