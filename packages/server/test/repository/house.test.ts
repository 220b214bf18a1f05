import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circlesIn, floorsOf, graphOf, type Import } from './import-graph.ts';
import { isTest, readSourceFiles, root } from './source-files.ts';

/** The packages and the server's rooms, from the ground up. A room imports from the floors below its own, and no others. */
const floors: readonly (readonly string[])[] = [
  ['packages/contract', 'packages/sigv4'],
  ['packages/client', 'packages/http'],
  ['packages/console', 'packages/store'],
  ['batch.ts', 'confinement', 'data-dir', 'for-each-concurrently.ts', 'package-file.ts'],
  ['identity'],
  ['projects'],
  ['files'],
  ['uploads', 'image-links', 'events'],
  ['jobs', 'observability'],
  ['api', 'backup', 'console', 'images', 'mcp', 'moving', 'outbound', 'postgres', 's3', 'supervisor'],
  ['config'],
  ['roles'],
  ['commands'],
  ['main.ts'],
];

const files = readSourceFiles('src').filter(({ path }) => !isTest(path));
const imports = files.flatMap((file) => file.imports.map((to): Import => [file.path, to]));

/** A room: a folder directly in the source of a package, or a file outside of all folders. */
const roomOf = (path: string) => path.split('/').slice(0, 4).join('/');

/** A room of the server, or another package as a whole. */
function floorRoomOf(path: string): string {
  const [, name, , room = ''] = path.split('/');
  return name === 'server' ? room : `packages/${name}`;
}

function floorOf(room: string): number {
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  return floor === -1 ? expect.fail(`Give ${room} its floor in the list above.`) : floor;
}

const countBy = (names: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

describe('the house', () => {
  it('has no file that imports itself through others, not even for a type', () => {
    expect(circlesIn(graphOf(imports, (path) => path))).toEqual([]);
  });

  it('has no room that imports itself through others', () => {
    expect(circlesIn(graphOf(imports, roomOf))).toEqual([]);
  });

  it('has no import that leads upward, or to a neighbour on the same floor', () => {
    const wrong = imports.filter(([from, to]) => {
      const [room, imported] = [floorRoomOf(from), floorRoomOf(to)];
      return room !== imported && floorOf(room) <= floorOf(imported);
    });
    expect(wrong.map((each) => each.join(' → '))).toEqual([]);
  });

  it('takes files and locks of its own from the store in one file alone', () => {
    const into = imports.filter(
      ([from, to]) => from.startsWith('packages/server/') && to === 'packages/store/src/directory/exports.ts',
    );
    expect(into.map(([from]) => from)).toEqual(['packages/server/src/data-dir/own-files.ts']);
  });

  it.each(['ARCHITECTURE.md', 'import-rule.grit'])('has the order that %s states', (name) => {
    const built = new Set(files.map(({ path }) => floorRoomOf(path)));
    const order = floors
      .map((rooms) => rooms.filter((room) => built.has(room)).map((room) => room.replace('packages/', '')))
      .map((rooms) => rooms.join(', '))
      .join(' ← ');
    const text = readFileSync(join(root, name), 'utf8').replace(/`|^\/\//gm, '');
    expect(text.replace(/\s+/g, ' ')).toContain(` ${order} `);
  });

  it('has a client of at most 9 floors', () => {
    const ofClient = (path: string) => (path.startsWith('packages/client/') ? roomOf(path) : undefined);
    expect(floorsOf(graphOf(imports, ofClient))).toBeLessThanOrEqual(9);
  });

  it('has no folder of more than 25 source files', () => {
    const counts = countBy(files.map(({ path }) => dirname(path)));
    expect([...counts].filter(([, count]) => count > 25)).toEqual([]);
  });

  it('has every room in the tree of ARCHITECTURE.md', () => {
    const [, tree = ''] = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').split('```');
    const rooms = new Set(files.map(({ path }) => roomOf(path)).filter((room) => !/\.tsx?$/.test(room)));
    const ofProduct = [...rooms].filter((room) => !room.startsWith('packages/test-support/'));
    expect(ofProduct.filter((room) => !new RegExp(`\\b${basename(room)}/`).test(tree))).toEqual([]);
  });

  it('has no two source files of one name in a room', () => {
    const counts = countBy(files.map(({ path }) => `${roomOf(path)}/…/${basename(path)}`));
    expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  });

  it('has no test file of more than 300 lines', () => {
    const tests = [...readSourceFiles('src').filter(({ path }) => isTest(path)), ...readSourceFiles('test')];
    const long = tests.filter(({ lineCount }) => lineCount > 300);
    expect(long.map(({ path, lineCount }) => `${path}: ${lineCount}`)).toEqual([]);
  });
});
