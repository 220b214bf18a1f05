import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const directory = join(import.meta.dirname, '..');

it('the example of the README runs as it is and prints what the README says', async () => {
  const page = await readFile(join(directory, 'README.md'), 'utf8');
  const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], {
    cwd: directory,
  });
  expect(stdout).toBe('Hello!\n');
});
