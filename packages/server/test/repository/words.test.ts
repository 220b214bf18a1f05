import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findTurns, forbiddenTurns, formatFinding } from './words.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const read = /\.(?:[cm]?[jt]sx?|md|sh|css|html)$/;
/** The list itself and its test, the table of former names, and released migrations, which never change. */
const exempt = /test\/repository\/words|docs\/glossary\.md$|postgres\/migrations\/\d{4}-/;

const samples: readonly (readonly [line: string, isForbidden: boolean])[] = [
  ['/** What a caller may do. */', true],
  ['const rows = 3; // Of one tenant.', true],
  ['/** Operations a caller may do. What follows is checked. */', false],
  ['// The URL is kept, and what follows is checked.', false],
  ['Nobody else writes these tables.', true],
  ['const heard = listen();', true],
  ['class ToldError {}', true],
  ['that overheard call', false],
  ['Once so many are taken, the rest waits.', true],
  ['/** Undefined for a cursor that is none. */', true],
  ['/** Undefined when there is none. */', false],
  ['const place = 1;', true],
  ["import { filePlaces } from './x.ts';", true],
  ['const placeholder = replaced(inPlaced);', false],
  ['It is changed in place, and takes place once.', false],
  ['const facePicture = 1;', true],
  ['<picture><source srcset="a.avif"></picture>', false],
  ['const ticketSecret = 1;', true],
];

describe('the forbidden turns', () => {
  it.each(samples)('%s: %s', (line, isForbidden) => {
    expect(findTurns('sample.ts', line).length > 0).toBe(isForbidden);
  });

  it('have a plain form each', () => {
    for (const { instead } of forbiddenTurns) expect(instead).not.toBe('');
  });

  it('are in no file of the repository', () => {
    const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((path) => read.test(path) && !exempt.test(path) && existsSync(join(root, path)));
    expect(paths.length).toBeGreaterThan(500);
    const findings = paths.flatMap((path) =>
      findTurns(path, readFileSync(join(root, path), 'utf8')).map(formatFinding),
    );
    expect(findings).toEqual([]);
  });
});
