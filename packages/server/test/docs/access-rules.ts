import { visibilities } from '@bkend/storage-contract';
import { canManage, canRead } from '../../src/files/access.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { code, page, table } from './markdown.ts';

const tenant = 'shop/prod';
const file = { tenant, ownerId: 'alice', ownerType: 'user', sharedWith: ['bob'] } as const;

// Only what the rules of access read is there.
const callers = {
  owner: { kind: 'user', tenant, userId: 'alice' },
  admin: { kind: 'admin', tenant, userId: undefined },
  'user of `sharedWith`': { kind: 'user', tenant, userId: 'bob' },
  'another user': { kind: 'user', tenant, userId: 'carol' },
  guest: { kind: 'guest', tenant },
} as unknown as Readonly<Record<string, Caller>>;

/** Renders the access rules from the functions that the service decides with. */
export function renderAccessRules(): string {
  const names = Object.keys(callers);
  const rows = visibilities.map((visibility) => [
    code(visibility),
    ...Object.values(callers).map((caller) => {
      if (canManage(caller, file)) return 'all fields';
      return canRead(caller, { ...file, visibility }) ? 'public fields' : '403';
    }),
  ]);
  return page(
    '## Access',
    'Visibility decides who may read a file, its bytes and its images:',
    table(['visibility', ...names], rows),
    '403 is `file/access-denied`. A file of another tenant is 404 `file/not-found` for every caller. A file in the trash is 404 for all but its owner and admins, whatever its visibility; they may read its record, restore and delete it, and every other request for it is 404 for them, too: changes, shares, downloads and images. Presigned URLs that were given before work until they expire.',
    '**Public fields** are all but `ownerId`, `ownerType`, `bucket`, `sharedWith`, `metadata.custom` and `metadata.relatedEntityId`. A `sharedWith` list of a file that is not `shared` is kept and gives no access.',
    table(
      ['operation', 'owner', 'admin', 'other users', 'guest'],
      [
        [
          'read, list, count facets, download, sign an image URL',
          'yes',
          'yes',
          'as the table above',
          'as the table above',
        ],
        ['update, delete, read and change shares', 'yes', 'yes', '403', '401'],
        ['put into the trash, restore', 'yes', 'yes', '403', '401'],
        ['empty the trash', 'their own', 'their own, or the tenant’s', 'their own', '401'],
        [
          'list folders',
          'those of own files, and kept ones',
          'all',
          'those with a file in or below them that the table above lets them read, and their own kept ones',
          'those with a `public` file in or below them',
        ],
        ['keep a folder', 'yes', 'yes', 'yes: for themselves', '401'],
        ['move or delete a folder', 'own files in it', 'all files in it', 'their own files in it', '401'],
        ['delete all files of a user', '403', 'yes', '403', '401'],
        ['read an operation', 'those that they started', 'yes', 'those that they started, else 404', '401'],
        ['presign an upload, count usage', 'yes', 'yes', 'yes: their own', '401'],
        ['presign parts, complete, abort, register', 'yes', 'yes', '403', '401'],
        ['read and change the environment', '403', 'yes', '403', '401'],
      ],
    ),
    'Lists have exactly the files that reading each of them would allow: one rule, once as a function (`files/access.ts`) and once as SQL (`postgres/listing/visible-sources.ts`), held equal by a property test. An owner is an id and a type: a user `alice` and a service `alice` are different owners.',
    'The images host serves `public` files to anonymous visitors; any other visibility answers 404 there, as an unknown key does. A signed image URL serves one image of any visibility until it expires or the file’s access changes.',
  ).trimEnd();
}
