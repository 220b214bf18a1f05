import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalEntry, RemoteEntry } from './compare.ts';
import { hashesForUpload, planUpload, type UploadRules } from './plan-upload.ts';

const path = fc.constantFrom('a', 'b', 'f/a', 'f/b', 'f/g/a', 'left-out');
const content = fc.constantFrom('x', 'y', 'z', 'long', 'lost');

/** A stored file and its bytes. */
interface Stored extends RemoteEntry {
  readonly content: string;
}

const hashOf = (text: string) => Buffer.from(text).toString('hex').padEnd(64, '0');
const timeOf = (text: string) => ['x', 'y', 'z', 'long', 'lost'].indexOf(text) * 1000;

const localTree = fc.dictionary(path, content).map((files) =>
  Object.entries(files)
    .filter(([name]) => name !== 'left-out')
    .map(([name, text]) => ({ path: name, content: text })),
);
type LocalFile = { path: string; content: string };

const storedFiles = fc
  .array(
    fc.record({
      path,
      content,
      record: fc.constantFrom('sync', 'hash', 'etag', 'none'),
      createdAt: fc.nat(5),
      ownerId: fc.constantFrom('alice', 'bob'),
    }),
    { maxLength: 8 },
  )
  .map((files) => files.map((file, index) => store(file, index)));

function store(
  file: { path: string; content: string; record: string; createdAt: number; ownerId: string },
  index: number | string,
): Stored {
  const isHashed = file.record === 'sync' || file.record === 'hash';
  return {
    id: `id-${index}`,
    path: file.path,
    content: file.content,
    sizeBytes: file.content.length,
    etag: file.record === 'etag' ? hashOf(file.content).slice(0, 32) : `${index}-2`,
    ownerId: file.ownerId,
    createdAt: new Date(file.createdAt).toISOString(),
    sha256: isHashed ? hashOf(file.content) : undefined,
    modifiedMs: file.record === 'sync' ? timeOf(file.content) : undefined,
    isSynced: file.record === 'sync',
  };
}

const rules = fc.record({ isChecksum: fc.boolean(), isDeleting: fc.boolean(), isAdopting: fc.boolean() });
const withFilter = (rest: Omit<UploadRules, 'isWanted' | 'isLeftOut'>): UploadRules => ({
  ...rest,
  isWanted: (name) => name !== 'left-out',
  isLeftOut: () => false,
});

function plan(local: LocalFile[], remote: Stored[], unfiled: Stored[], given: UploadRules) {
  const entries: LocalEntry[] = local.map((file) => ({
    path: file.path,
    sizeBytes: file.content.length,
    modifiedMs: timeOf(file.content),
  }));
  const needed = hashesForUpload({ local: entries, remote, unfiled }, given);
  const hashed = entries.map((entry, index) => {
    const text = local[index]?.content ?? '';
    const all = { sha256: hashOf(text), md5: hashOf(text).slice(0, 32) };
    const hashes = Object.fromEntries([...(needed.get(entry.path) ?? [])].map((name) => [name, all[name]]));
    return { ...entry, hashes };
  });
  return planUpload({ local: hashed, remote, unfiled }, given);
}

let ids = 0;

/** The stored files after the actions at these positions, and after the deletions unless an action was left undone. */
function carryOut(
  { actions, deletions }: ReturnType<typeof plan>,
  { remote, local, unfiled }: { remote: Stored[]; local: LocalFile[]; unfiled: Stored[] },
  done: (index: number) => boolean = () => true,
): Stored[] {
  const contents = new Map(local.map((file) => [file.path, file.content]));
  let files = [...remote];
  const put = (file: Stored) => {
    files = [...files.filter(({ id }) => id !== file.id), file];
  };
  for (const [index, action] of actions.entries()) {
    if (!done(index)) continue;
    if (action.kind === 'adopt') {
      const found = unfiled.find(({ id }) => id === action.remote.id);
      if (found) put(found);
      continue;
    }
    const text = contents.get(action.local.path) ?? '';
    const facts = { path: action.local.path, content: text, record: 'sync', ownerId: 'alice' };
    if (action.kind === 'upload') {
      ids += 1;
      put(store({ ...facts, createdAt: 10 + ids }, `new-${ids}`));
    } else {
      const { id, createdAt, ownerId } = action.remote;
      put({ ...store({ ...facts, createdAt: 0 }, ''), id, createdAt, ownerId });
    }
  }
  const isComplete = actions.every((_, index) => done(index));
  const gone = new Set(isComplete ? deletions.map((each) => each.remote.id) : []);
  return files.filter(({ id }) => !gone.has(id));
}

const run = (local: LocalFile[], remote: Stored[], unfiled: Stored[], given: UploadRules) =>
  carryOut(plan(local, remote, unfiled, given), { remote, local, unfiled });

const newestAt = (remote: Stored[], name: string) =>
  remote
    .filter((file) => file.path === name)
    .sort((one, other) => (`${one.createdAt} ${one.id}` < `${other.createdAt} ${other.id}` ? 1 : -1))[0];

const runs = { numRuns: 1000 };

describe('planUpload', () => {
  it('leaves each path with the local contents, and the next run has nothing to do', () => {
    fc.assert(
      fc.property(localTree, storedFiles, rules, (local, remote, options) => {
        const given = withFilter(options);
        const after = run(local, remote, [], given);
        for (const file of local) expect(newestAt(after, file.path)?.content).toBe(file.content);
        const next = plan(local, after, [], given);
        expect(next.actions).toEqual([]);
        // Contents that have just been replaced may be the same as those of an older file.
        expect(next.deletions.filter(({ reason }) => reason !== 'twin')).toEqual([]);
      }),
      runs,
    );
  });

  it('keeps the id of a stored path', () => {
    fc.assert(
      fc.property(localTree, storedFiles, rules, (local, remote, options) => {
        const after = run(local, remote, [], withFilter(options));
        for (const { path: name } of local) {
          const before = newestAt(remote, name);
          if (before) expect(newestAt(after, name)?.id).toBe(before.id);
        }
      }),
      runs,
    );
  });

  it('deletes without --delete only what another stored file of the same path and owner has byte by byte', () => {
    fc.assert(
      fc.property(localTree, storedFiles, rules, (local, remote, options) => {
        const given = withFilter({ ...options, isDeleting: false });
        for (const { remote: gone } of plan(local, remote, [], given).deletions) {
          const own = remote.find(({ id }) => id === gone.id);
          const newest = newestAt(remote, gone.path);
          expect(newest?.id).not.toBe(gone.id);
          expect([newest?.content, newest?.ownerId]).toEqual([own?.content, own?.ownerId]);
        }
      }),
      runs,
    );
  });

  it('with --delete leaves exactly one file a local path, and files that are left out', () => {
    fc.assert(
      fc.property(localTree, storedFiles, rules, (local, remote, options) => {
        const after = run(local, remote, [], withFilter({ ...options, isDeleting: true }));
        const isLeftOut = (file: Stored) => file.path === 'left-out';
        expect(after.filter(isLeftOut)).toEqual(remote.filter(isLeftOut));
        const paths = after.filter((file) => !isLeftOut(file)).map((file) => file.path);
        expect(paths.sort()).toEqual(local.map((file) => file.path).sort());
      }),
      runs,
    );
  });

  it('converges to one file a path after two runs at once, each interrupted anywhere', () => {
    const some = fc.array(fc.boolean(), { maxLength: 8 });
    fc.assert(
      fc.property(localTree, storedFiles, rules, some, some, (local, stored, options, one, other) => {
        const given = withFilter(options);
        // Without files that were twice there before.
        const remote = stored.filter((file) => newestAt(stored, file.path) === file);
        const plans = [plan(local, remote, [], given), plan(local, remote, [], given)];
        let now = remote;
        for (const [index, done] of [one, other].entries()) {
          const each = plans[index];
          if (each) now = carryOut(each, { remote: now, local, unfiled: [] }, (at) => done[at] ?? true);
        }
        const after = run(local, now, [], given);
        for (const file of local) {
          const found = after.filter((each) => each.path === file.path);
          expect(found.map((each) => each.content)).toEqual([file.content]);
        }
      }),
      runs,
    );
  });

  it('adopts a file of an earlier version where the bytes are the same, and others only when it may', () => {
    fc.assert(
      fc.property(localTree, storedFiles, storedFiles, rules, (local, remote, older, options) => {
        const unfiled = older.map((file) => ({ ...file, id: `old-${file.id}`, modifiedMs: undefined }));
        const given = withFilter(options);
        const { actions, unadopted } = plan(local, remote, unfiled, given);
        const adopted = actions.flatMap((action) => (action.kind === 'adopt' ? [action.remote] : []));
        for (const each of adopted) {
          const own = unfiled.find(({ id }) => id === each.id);
          const here = local.find((file) => file.path === each.path);
          if (!options.isAdopting) expect(own?.content).toBe(here?.content);
        }
        expect(adopted.length + unadopted.length).toBe(
          unfiled.filter((file) => file.path !== 'left-out').length,
        );
        const after = run(local, remote, unfiled, given);
        for (const file of local) expect(newestAt(after, file.path)?.content).toBe(file.content);
      }),
      runs,
    );
  });
});
