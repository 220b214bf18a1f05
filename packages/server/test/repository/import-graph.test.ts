import { describe, expect, it } from 'vitest';
import { circlesIn, floorsOf, graphOf, type Import } from './import-graph.ts';
import { importsIn } from './source-files.ts';

const house: Import[] = [
  ['roof/tiles', 'hall/door'],
  ['hall/door', 'cellar/stones'],
  ['hall/door', 'hall/handle'],
  ['roof/tiles', 'cellar/stones'],
];
const folderOf = (path: string) => path.split('/')[0];

describe('a graph of imports', () => {
  it('joins the files of a room, and leaves out what is imported inside it', () => {
    expect(graphOf(house, folderOf)).toEqual(
      new Map([
        ['roof', new Set(['hall', 'cellar'])],
        ['hall', new Set(['cellar'])],
        ['cellar', new Set()],
      ]),
    );
  });

  it('has as many floors as its longest way down', () => {
    expect(floorsOf(graphOf(house, folderOf))).toBe(3);
    expect(floorsOf(graphOf(house, (path) => path))).toBe(3);
    expect(floorsOf(graphOf([], folderOf))).toBe(0);
  });

  it('has no circle while every import leads down', () => {
    expect(circlesIn(graphOf(house, folderOf))).toEqual([]);
  });

  it('names the rooms of a circle, however long it is', () => {
    const secretPassage: Import = ['cellar/stones', 'roof/tiles'];
    expect(circlesIn(graphOf([...house, secretPassage], folderOf))).toEqual([['cellar', 'hall', 'roof']]);
    expect(
      circlesIn(
        graphOf(
          [
            ['a', 'b'],
            ['b', 'a'],
            ['b', 'c'],
            ['c', 'd'],
            ['d', 'c'],
          ],
          (path) => path,
        ),
      ),
    ).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('reads imports, re-exports, types and imports at run time from a text', () => {
    const text = [
      "import { a } from './a.ts';",
      'import {',
      '  type B,',
      "} from '../other/b.ts';",
      "export * from './c.ts';",
      "import type { D } from '@bkend/sigv4';",
      "import { sharp } from 'sharp';",
      "const e = await import('./e.ts');",
    ].join('\n');
    expect(importsIn(text, 'packages/x/src/room/file.ts')).toEqual([
      'packages/x/src/room/a.ts',
      'packages/x/src/other/b.ts',
      'packages/x/src/room/c.ts',
      'packages/sigv4/src/index.ts',
      'packages/x/src/room/e.ts',
    ]);
  });
});
