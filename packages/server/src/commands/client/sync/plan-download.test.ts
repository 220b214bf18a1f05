import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalEntry, RemoteEntry } from './compare.ts';
import { contentTimeMs, type DownloadRules, hashesForDownload, planDownload } from './plan-download.ts';

const contents = ['x', 'y', 'z', 'long', 'lost'];
const hashOf = (text: string) => Buffer.from(text).toString('hex').padEnd(64, '0');

/** A path may be a folder of another, and two may have one name on this file system. */
const path = fc.constantFrom('a', 'b', 'B', 'f', 'f/a', 'f/b', 'f/g/a', 'left-out');
const content = fc.constantFrom(...contents);

interface Stored extends RemoteEntry {
  readonly content: string;
}
interface Local extends LocalEntry {
  readonly content: string;
}

const stored = fc
  .array(fc.record({ path, content, isSynced: fc.boolean(), createdAt: fc.nat(5) }), { maxLength: 10 })
  .map((files) =>
    files.map((file, index): Stored => {
      const { isSynced } = file;
      return {
        ...file,
        id: `id-${index}`,
        sizeBytes: file.content.length,
        etag: hashOf(file.content).slice(0, 32),
        ownerId: 'alice',
        createdAt: new Date(file.createdAt * 1000).toISOString(),
        sha256: isSynced ? hashOf(file.content) : undefined,
        modifiedMs: isSynced ? contents.indexOf(file.content) * 1000 : undefined,
      };
    }),
  );

const localTree = fc.dictionary(path, fc.tuple(content, fc.nat(8))).map((files) =>
  Object.entries(files).map(
    ([name, [text, seconds]]): Local => ({
      path: name,
      content: text,
      sizeBytes: text.length,
      modifiedMs: seconds * 1000 + 500,
    }),
  ),
);

const rules = fc.record({ isChecksum: fc.boolean(), isDeleting: fc.boolean(), isForced: fc.boolean() }).map(
  (options): DownloadRules => ({
    ...options,
    isWanted: (name) => name !== 'left-out',
    toLocalPath: (name) => name.toLowerCase(),
  }),
);

function plan(local: readonly Local[], remote: readonly Stored[], given: DownloadRules) {
  const needed = hashesForDownload({ local, remote }, given);
  const hashed = local.map((file) => {
    const all = { sha256: hashOf(file.content), md5: hashOf(file.content).slice(0, 32) };
    const names = [...(needed.get(file.path) ?? [])];
    return { ...file, hashes: Object.fromEntries(names.map((name) => [name, all[name]])) };
  });
  return planDownload({ local: hashed, remote }, given);
}

function carryOut(local: readonly Local[], remote: readonly Stored[], given: DownloadRules): Local[] {
  const { actions, deletions, leftOut } = plan(local, remote, given);
  const files = new Map(local.map((file) => [file.path, file]));
  for (const action of actions) {
    const text = remote.find(({ id }) => id === action.remote.id)?.content ?? '';
    const modifiedMs = contentTimeMs(action.remote);
    files.set(action.path, { path: action.path, content: text, sizeBytes: text.length, modifiedMs });
  }
  if (leftOut.length === 0) for (const each of deletions) files.delete(each.path);
  return [...files.values()];
}

const newestOf = (remote: readonly Stored[], name: string) =>
  remote
    .filter((file) => file.path === name)
    .sort((one, other) => (`${one.createdAt} ${one.id}` < `${other.createdAt} ${other.id}` ? 1 : -1))[0];

const runs = { numRuns: 1000 };

describe('planDownload', () => {
  it('brings the newest stored file of each path, and leaves out the others with a reason', () => {
    fc.assert(
      fc.property(localTree, stored, rules, (local, remote, given) => {
        const { leftOut } = plan(local, remote, given);
        const after = new Map(carryOut(local, remote, given).map((file) => [file.path, file]));
        for (const name of new Set(remote.map((file) => file.path))) {
          const isLeftOut = leftOut.some((each) => each.path === name || each.path === name.toLowerCase());
          if (name === 'left-out' || isLeftOut) continue;
          expect(after.get(name.toLowerCase())?.content).toBe(newestOf(remote, name)?.content);
        }
      }),
      runs,
    );
  });

  it('gives each file a path of its own, which is no folder of another', () => {
    fc.assert(
      fc.property(localTree, stored, rules, (local, remote, given) => {
        const paths = plan(local, remote, given).actions.map((action) => action.path);
        expect(new Set(paths).size).toBe(paths.length);
        for (const each of paths) expect(paths.filter((other) => other.startsWith(`${each}/`))).toEqual([]);
      }),
      runs,
    );
  });

  it('overwrites no newer local file unless it is forced to, and deletes none that is stored or without --delete', () => {
    fc.assert(
      fc.property(localTree, stored, rules, (local, remote, given) => {
        const { actions, deletions } = plan(local, remote, given);
        for (const action of actions) {
          const here = local.find((file) => file.path === action.path);
          expect(action.kind).toBe(here ? 'overwrite' : 'download');
          if (here && !given.isForced) expect(here.modifiedMs).toBeLessThan(contentTimeMs(action.remote));
        }
        if (!given.isDeleting) expect(deletions).toEqual([]);
        const names = new Set(remote.map((file) => file.path.toLowerCase()));
        expect(deletions.filter((file) => names.has(file.path))).toEqual([]);
      }),
      runs,
    );
  });

  it('has nothing to do after a run', () => {
    fc.assert(
      fc.property(localTree, stored, rules, (local, remote, given) => {
        const after = carryOut(local, remote, given);
        const next = plan(after, remote, given);
        expect(next.actions).toEqual([]);
        if (next.leftOut.length === 0) expect(next.deletions).toEqual([]);
      }),
      runs,
    );
  });
});
