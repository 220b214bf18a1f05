import { chmod, lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';

/** The bytes of a name: most are text, some are not UTF-8, some are refused by the service or left out by default. */
const name = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('a', 'b', 'c.txt', 'C.TXT', 'd (1).tar.gz', 'é', 'e\u0301', '.hidden'),
    },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom('back\\slash', 'new\nline', '.env', 'x'.repeat(255)) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 6 }) },
  )
  .map((each) => Buffer.from(each as string))
  .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f) && bytes.length <= 255)
  .filter((bytes) => !/^\.{1,2}$/.test(bytes.toString('latin1')));

const kinds = ['file', 'file', 'file', 'file', 'link', 'loop', 'broken', 'empty', 'closed'] as const;

/** An entry of a tree: a file, a link to a file outside, a link to the root, a broken link, an empty or an unreadable file. */
const entry = fc.record({
  folders: fc.array(fc.constantFrom('f', 'g', 'deep er'), { maxLength: 3 }),
  name,
  kind: fc.constantFrom(...kinds),
  content: fc.string({ minLength: 1, maxLength: 40 }),
  repeat: fc.constantFrom(1, 1, 1, 30_000),
});

const change = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), entry }),
  fc.record({ kind: fc.constant('rewrite' as const), at: fc.nat(), content: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('rename' as const), at: fc.nat(), name }),
);

export type Entry = typeof entry extends fc.Arbitrary<infer Value> ? Value : never;
export type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

export const tree = fc.array(entry, { minLength: 1, maxLength: 20 });
export const changes = fc.array(change, { maxLength: 8 });

/** A tree on disk. */
export class RandomTree {
  readonly root: string;
  readonly #entries: Pick<Entry, 'folders' | 'name'>[] = [];
  /** A file outside, to which the links lead. */
  readonly #target: string;

  constructor(root: string, target: string) {
    this.root = root;
    this.#target = target;
  }

  async add(each: Entry): Promise<void> {
    this.#entries.push(each);
    const path = this.#pathOf(each);
    try {
      await mkdir(join(this.root, ...each.folders), { recursive: true });
      if (each.kind === 'link') await symlink(this.#target, path);
      else if (each.kind === 'loop') await symlink(this.root, path);
      else if (each.kind === 'broken') await symlink('nowhere', path);
      else {
        const content = each.kind === 'empty' ? '' : each.content.repeat(each.repeat);
        await writeFile(path, content, { flag: 'wx' });
        if (each.kind === 'closed') await chmod(path, 0o600);
      }
    } catch {
      // Something has the name; or a file is where a folder would be; or the file system refuses the name.
    }
  }

  async change(each: Change): Promise<void> {
    if (each.kind === 'add') return this.add(each.entry);
    const found = this.#entries[each.at % Math.max(1, this.#entries.length)];
    if (!found) return;
    const path = this.#pathOf(found);
    const info = await lstat(path).catch(() => undefined);
    if (!info || info.isDirectory()) return;
    if (each.kind === 'remove') return rm(path, { force: true });
    if (!info.isFile()) return;
    if (each.kind === 'rewrite') return writeFile(path, each.content);
    const renamed = { ...found, name: each.name };
    const isTaken = (await lstat(this.#pathOf(renamed)).catch(() => undefined)) !== undefined;
    if (isTaken) return;
    await rename(path, this.#pathOf(renamed)).catch(() => {});
    this.#entries.push(renamed);
  }

  #pathOf({ folders, name: own }: Pick<Entry, 'folders' | 'name'>): Buffer {
    return Buffer.concat([Buffer.from(`${[this.root, ...folders].join('/')}/`), own]);
  }
}
