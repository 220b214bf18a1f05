import { visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  guest,
  newTenant,
  newUpload,
  noon,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import { canManage, canRead, ownerFor } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import type { Folder } from '../../files/folders/folder-repository.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { createFolderRepository } from '../folder-repository.ts';
import { foldUsage } from '../usage/usage-ledger.ts';

const { database, uploads, files } = await useTestDatabase();
const folders = createFolderRepository(database);

const users = ['alice', 'bob', 'carol'];
/** Names that sort before and behind a slash, and folders without files of their own. */
const paths = [
  '',
  'a',
  'a/b',
  'a/b/c/d',
  'a-b',
  'a-b/x',
  'a b',
  'a0',
  'A',
  'z/y',
  '여행',
  '여행/2026',
  '여행/2026/a',
  '😀',
];

const anyFile = fc.record({
  ownerId: fc.constantFrom(...users),
  ownerType: fc.constantFrom('user' as const, 'service' as const),
  folder: fc.constantFrom(...paths),
  visibility: fc.constantFrom(...visibilities),
  sharedWith: fc.subarray(users),
  sizeBytes: fc.integer({ min: 1, max: 9 }),
});
type FileFields = typeof anyFile extends fc.Arbitrary<infer Fields> ? Fields : never;

const anyKept = fc.record({
  by: fc.constantFrom(...users),
  path: fc.constantFrom(...paths.slice(1), 'kept/empty'),
});

function callersOf(tenant: Tenant): Caller[] {
  return [
    guest(tenant),
    admin(tenant),
    { ...admin(tenant), userId: 'alice' },
    ...users.map((userId) => user(tenant, userId)),
    admin(newTenant()),
    user(newTenant(), 'alice'),
  ];
}

async function store(tenant: Tenant, fields: FileFields): Promise<File> {
  return insertFile(uploads, admin(tenant), { upload: newUpload(tenant), fields });
}

interface Question {
  readonly parent: string;
  readonly mine: boolean;
  readonly trash: boolean;
}

interface State {
  readonly files: readonly File[];
  readonly trashed: readonly File[];
  readonly kept: readonly { readonly tenant: Tenant; readonly by: string; readonly path: string }[];
}

/** The folders that a caller must see, by the access rule of single files. */
function expectedFolders(state: State, caller: Caller, { parent, mine, trash }: Question): Folder[] {
  const isMine = (file: File) => {
    if (caller.kind === 'guest') return false;
    const { ownerId, ownerType } = ownerFor(caller);
    return file.tenant === caller.tenant && file.ownerId === ownerId && file.ownerType === ownerType;
  };
  const seen = trash
    ? state.trashed.filter((file) => canManage(caller, file))
    : state.files.filter((file) => canRead(caller, file));
  const shown = mine ? seen.filter(isMine) : seen;
  const kept = state.kept.filter(
    ({ tenant, by }) =>
      !trash &&
      tenant === caller.tenant &&
      ((caller.kind === 'admin' && !mine) || (caller.kind !== 'guest' && caller.userId === by)),
  );
  const known = [...shown.map(({ folder }) => folder), ...kept.map(({ path }) => path)];
  const first = parent === '' ? '' : `${parent}/`;
  const isBelow = (path: string) => path !== '' && path.startsWith(first) && path !== parent;
  const children = known.filter(isBelow).map((path) => first + path.slice(first.length).split('/')[0]);
  return [...new Set(children)]
    .sort((a, b) => Buffer.from(a).compare(Buffer.from(b)))
    .map((path) => {
      const inside = shown.filter(({ folder }) => folder === path);
      const bytes = inside.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const hasChildren = known.some((each) => each.startsWith(`${path}/`));
      return { path, files: inside.length, bytes, hasChildren };
    });
}

async function listAll(caller: Caller, question: Question, limit: number): Promise<Folder[]> {
  const all: Folder[] = [];
  for (;;) {
    const behind = all.at(-1)?.path.split('/').at(-1);
    const page = await folders.list(caller, { ...question, limit, ...(behind !== undefined && { behind }) });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

async function check(state: State, tenant: Tenant): Promise<void> {
  for (const caller of callersOf(tenant)) {
    for (const parent of ['', 'a', 'a/b', 'a-b', '여행', 'absent']) {
      for (const [mine, trash] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const question = { parent, mine, trash };
        const found = await listAll(caller, question, 3);
        expect({ caller, question, found }).toEqual({
          caller,
          question,
          found: expectedFolders(state, caller, question),
        });
      }
    }
  }
}

describe('folders', () => {
  it('are those of the files that each caller may read, and those kept, with what lies in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFile, { minLength: 1, maxLength: 25 }),
        fc.array(anyKept, { maxLength: 4 }),
        fc.integer({ min: 0, max: 30 }),
        async (described, kept, folded) => {
          const tenant = newTenant();
          const all = await Promise.all(described.map((fields) => store(tenant, fields)));
          for (const { by, path } of kept) {
            const owner = { ownerId: by, ownerType: 'user' } as const;
            await folders.keep(user(tenant, by), { path, owner, at: noon });
          }
          const state = {
            files: all,
            trashed: [] as File[],
            kept: kept.map((each) => ({ ...each, tenant })),
          };
          await foldUsage(database, folded);
          await check(state, tenant);

          // Some go to the trash, become private, move, or go for good; their deltas are not folded yet, or some are.
          const after = { ...state, files: [] as File[] };
          for (const [number, file] of all.entries()) {
            const where = { tenant, id: file.id, at: noon };
            const next = described[(number + 1) % described.length];
            const changed =
              number % 4 === 1
                ? await files.change(where, () => ({ visibility: 'private' }))
                : number % 4 === 2
                  ? await files.change(where, () => ({ folder: next?.folder ?? '' }))
                  : file;
            if (number % 4 === 0) {
              await files.trash(admin(tenant), [file.id], noon);
              after.trashed.push(file);
            } else if (number % 8 === 3) await files.remove(admin(tenant), [file.id]);
            else if (changed) after.files.push(changed);
          }
          await check(after, tenant);
          while ((await foldUsage(database, 100)) > 0);
          await check(after, tenant);
        },
      ),
      { numRuns: 3 },
    );
  });
});
