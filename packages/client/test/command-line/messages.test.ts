import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, startCommandLine } from './command-line.ts';

let bks: CommandLine;
let folder: string;
let id: string;
beforeAll(async () => {
  bks = await startCommandLine();
  folder = await bks.folder();
  await writeFile(join(folder, 'a.txt'), 'a');
  ({ id } = await bks.storage().upload('stored', { filename: 'b.txt', folder: 'trips/2026' }));
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

const long = (length: number) => 'x'.repeat(length);
/** Words of the API, of the SDK and of HTTP that a user of the command line has not typed. */
const foreignWords =
  /createStorage|query\.|body\.|path\.|header\.|createdAfter|createdBefore|mimeType|ownerId|originalName|sharedWith|metadata|userId|pattern|format "/;

test.each<[string, RegExp]>([
  ['bks find --after yesterday', /--after.*2026-01-31/],
  ['bks find --before 2026-02-30', /--before.*2026-01-31/],
  ['bks find --owner "$(printf "\\001")"', /--owner/],
  [`bks find --owner ${long(300)}`, /--owner/],
  [`bks find --tag ${long(2000)}`, /--tag/],
  [`bks find --mime ${long(300)}`, /--mime/],
  [`bks find --name ${long(2000)}`, /text to search for|^$/],
  [`bks ls --search ${long(2000)}`, /text to search for|^$/],
  ['bks url ID --expires-in 59', /--expires-in.*60s to 7d/],
  ['bks url ID --expires-in 8d', /--expires-in.*60s to 7d/],
  ['bks url ID --expires-in soon', /--expires-in.*seconds/],
  [`bks share ID ${long(300)}`, /user/],
  [`bks mv ID ${long(300)}`, /name/],
  [`bks put a.txt --tag ${long(2000)}`, /--tag/],
  [`bks put a.txt --name ${long(300)}`, /name/],
  ['bks login --url nonsense --key sk_x', /--url.*https:\/\//],
  ['BKEND_API_URL=nonsense bks ls', /BKEND_API_URL.*https:\/\//],
  ['BKEND_IMAGES_URL=nonsense bks image-url ID', /BKEND_IMAGES_URL.*https:\/\//],
])('a value that is refused is named as the user has typed it: %s', async (line, expected) => {
  const { stderr } = await bks.shell(folder, line.replace('ID', id));
  expect(stderr).toMatch(expected);
  expect(stderr).not.toMatch(foreignWords);
});

test('durations may be seconds, and instants dates', async () => {
  expect((await bks.run(folder, 'url', id, '--expires-in', '3600')).code).toBe(0);
  const found = await bks.run(folder, 'find', 'trips', '--after', '2020-01-01', '--paths', '--json');
  expect(JSON.parse(found.stdout)).toEqual({ path: 'trips/2026/b.txt' });
  expect((await bks.run(folder, 'find', 'trips', '--before', '2020-01-01')).stdout).toBe('');
});

test.each(['stat', 'url', 'image-url', 'share', 'get', 'rm', 'mv', 'restore'])(
  '%s says of a folder that it is one',
  async (command) => {
    const more = { share: ['bob'], mv: ['x'] }[command] ?? [];
    for (const path of ['trips', 'trips/2026', 'trips/2026/', '/']) {
      if (command === 'mv' && path.endsWith('/')) continue;
      const { code, stdout, stderr } = await bks.run(folder, command, path, ...more);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('This is a folder, not a file: ');
    }
  },
);

test('rm and restore show the folder with the name', async () => {
  const storage = bks.storage();
  const file = await storage.upload('x', { filename: 'x.txt', folder: 'shown/here' });
  const path = 'shown/here/x.txt';
  expect((await bks.run(folder, 'rm', path)).stdout).toBe(`moved to the trash ${file.id}  ${path}\n`);
  expect((await bks.run(folder, 'restore', file.id)).stdout).toBe(`restored ${file.id}  ${path}\n`);
  const gone = await bks.run(folder, 'rm', path, '--permanent', '--yes');
  expect(gone.stdout).toBe(`deleted ${file.id}  ${path}\n`);
});
