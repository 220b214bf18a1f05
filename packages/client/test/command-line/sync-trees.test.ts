import { chmod, chown, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, ended, startCommandLine, unprivilegedId } from './command-line.ts';
import { readTree } from './local-tree.ts';
import { changes, RandomTree, tree } from './random-trees.ts';
import { storedFiles } from './stored-files.ts';

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const isRoot = process.getuid?.() === 0;

const step = fc.record({
  before: changes,
  /** Changes while the command runs. */
  during: changes,
  /** Milliseconds after which the command is killed; undefined lets it end. */
  killedAfterMs: fc.option(fc.integer({ min: 250, max: 900 }), { nil: undefined }),
  atOnce: fc.constantFrom(1, 1, 2),
});

interface Storable {
  /** Contents by path, of what a sync can store. */
  readonly contents: Record<string, string>;
  /** Paths on disk of what it has to leave out. */
  readonly leftOut: Buffer[];
}

/** Reads a tree as the service can store it, by other means than the command: links to files are followed. */
async function readStorable(root: Buffer, within: readonly string[] = []): Promise<Storable> {
  const found: Storable = { contents: {}, leftOut: [] };
  for (const name of await readdir(root, { encoding: 'buffer' })) {
    const path = Buffer.concat([root, Buffer.from('/'), name]);
    const text = name.toString();
    const isDefault = /^(\.git|\.env.*|\.bkend-.*\.part)$/s.test(text);
    const info = await lstat(path);
    const target = await stat(path).catch(() => undefined);
    const isText = Buffer.from(text).equals(name);
    if (isDefault) continue;
    if (isText && info.isDirectory()) {
      const inside = await readStorable(path, [...within, text]);
      Object.assign(found.contents, inside.contents);
      found.leftOut.push(...inside.leftOut);
      continue;
    }
    const isAllowed = isText && !/[\\\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
    const isVisible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u.test(text);
    const isReadable = target?.isFile() && target.size > 0 && !(isRoot && (target.mode & 0o777) === 0o600);
    if (isAllowed && isVisible && isReadable) {
      found.contents[[...within, text].join('/')] = await readFile(path, 'utf8');
    } else found.leftOut.push(path);
  }
  return found;
}

test('random trees are synced up, changed, interrupted, synced at once and synced down: both sides are equal, and no other file is touched', {
  timeout: 600_000,
}, async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(tree, fc.array(step, { minLength: 1, maxLength: 3 }), async (entries, steps) => {
      runs += 1;
      const remote = `trees/${runs}`;
      const folder = await bks.folder();
      await writeFile(join(folder, 'target'), 'behind a link');
      await mkdir(join(folder, 'root'));
      const local = new RandomTree(join(folder, 'root'), join(folder, 'target'));
      for (const each of entries) await local.add(each);
      for (const name of ['a', 'c.txt', 'of-bob']) {
        await bks
          .storage('bob')
          .upload(`of bob: ${name}`, { filename: name, folder: remote, visibility: 'public' });
      }
      await bks.storage('alice').upload('beside', { filename: 'a', folder: `${remote}-beside` });
      const as = { userId: 'alice', isUnprivileged: isRoot };
      const sync = (...words: string[]) => bks.startAs(as, folder, 'sync', ...words, '--max-delete', '1000');

      for (const { before, during, killedAfterMs, atOnce } of steps) {
        for (const each of before) await local.change(each);
        const children = Array.from({ length: atOnce }, () => sync('root', `bkend:${remote}`, '--delete'));
        const ends = children.map(ended);
        const killing =
          killedAfterMs === undefined
            ? undefined
            : sleep(killedAfterMs).then(() => children[0]?.kill('SIGKILL'));
        await sleep(200);
        for (const each of during) await local.change(each);
        await Promise.all([...ends, killing]);
      }

      // Each entry that is left out is reported, fails the run, and is not taken for deleted.
      const first = await readStorable(Buffer.from(local.root));
      const run = await ended(sync('root', `bkend:${remote}`, '--delete'));
      expect({ code: run.code, stderr: run.stderr }).toMatchObject({
        code: first.leftOut.length > 0 ? 1 : 0,
      });
      const stored = await storedFiles(bks.storage('alice'), remote, { mine: true });
      const contents = Object.fromEntries(
        stored.map((each) => [each.path.slice(remote.length + 1), each.content]),
      );
      expect(contents).toMatchObject(first.contents);

      // Without anything to leave out, both sides become equal.
      for (const path of first.leftOut) await rm(path, { recursive: true });
      const last = await ended(sync('root', `bkend:${remote}`, '--delete'));
      expect(last).toMatchObject({ code: 0 });
      const expected = (await readStorable(Buffer.from(local.root))).contents;
      const after = await storedFiles(bks.storage('alice'), remote, { mine: true });
      const pairs = after.map((each) => [each.path.slice(remote.length + 1), each.content] as const);
      expect(pairs.length).toBe(Object.keys(expected).length);
      expect(Object.fromEntries(pairs)).toEqual(expected);

      await mkdir(join(folder, 'copy'));
      if (isRoot) await chown(join(folder, 'copy'), unprivilegedId, unprivilegedId);
      const killed = sync(`bkend:${remote}`, 'copy');
      const end = ended(killed);
      await sleep(steps[0]?.killedAfterMs ?? 2_000);
      killed.kill('SIGKILL');
      await end;
      expect(await ended(sync(`bkend:${remote}`, 'copy', '--delete'))).toMatchObject({ code: 0 });
      const copy = Object.entries(await readTree(join(folder, 'copy')));
      expect(Object.fromEntries(copy.filter(([path]) => !path.includes('.bkend-')))).toEqual(expected);

      const others = await storedFiles(bks.storage('bob'), remote, { mine: true });
      expect(others.map((each) => each.content)).toEqual(['of bob: a', 'of bob: c.txt', 'of bob: of-bob']);
      expect(
        (await storedFiles(bks.storage('alice'), `${remote}-beside`)).map((each) => each.content),
      ).toEqual(['beside']);
      await chmod(folder, 0o755);
    }),
    { numRuns: Number(process.env.SYNC_RUNS ?? 6) },
  );
});
