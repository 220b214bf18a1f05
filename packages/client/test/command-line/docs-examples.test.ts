import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStorage } from '@bkend/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOperator } from '../../../test-support/src/api/console-client.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { writeTree } from './local-tree.ts';
import { cases } from './rclone-cases.ts';

const root = join(import.meta.dirname, '../../../..');
const sample = join(root, 'packages/server/assets/sample.jpg');
const page = await readFile(join(root, 'docs/command-line.md'), 'utf8');

let bks: CommandLine;
beforeAll(async () => {
  bks = await startCommandLine();
  // Two owners: the last one cannot be removed.
  for (const name of ['alice', 'mina']) await createOperator(bks.service.running, name);
}, 60_000);
afterAll(() => bks[Symbol.asyncDispose](), 60_000);

/** Blocks of commands for users, by their heading. */
const blocks = [...page.matchAll(/^## (.*)\n(?:(?!^## ).*\n)*?```sh\n([\s\S]*?)^```$/gm)]
  .map(([, heading = '', code = '']) => [heading, code.split('\n').filter(Boolean)] as const)
  .filter(([, lines]) => lines.some((line) => /bkend-storage /.test(line)));

/** Programs that the examples use, where they may be missing, and the files that they name. */
const stage = `
pg_dump() { echo dump; }
jq() { cat; }
bkend-storage() { PROGRAM "$@"; }
mkdir -p "$HOME/.config/fish/completions"
`;

async function prepareFolder(): Promise<string> {
  const folder = await bks.folder();
  await copyFile(sample, join(folder, 'photo.jpg'));
  // Bytes without a known type: those of another kind than their name says are refused.
  await writeFile(join(folder, 'film.mp4'), Buffer.alloc(1_000));
  await mkdir(join(folder, 'photos/drafts'), { recursive: true });
  for (const name of ['beach.jpg', 'drafts/sea.jpg']) await copyFile(sample, join(folder, 'photos', name));
  await writeTree(folder, { 'site/index.html': 'hello', 'site/old/a.txt': 'a' });
  await writeFile(join(folder, 'photos/large.png'), Buffer.alloc(1_000_001, 1));
  return folder;
}

/** Whether a command is run on the server's machine, with its data directory. */
const isForOperators = (line: string) => line.startsWith('bkend-storage console ');

test.each(blocks)('every example of "%s" runs', { timeout: 120_000 }, async (_, lines) => {
  const folder = await prepareFolder();
  const { url } = bks.service.api;
  const storage = createStorage({ url, apiKey: bks.service.secretKey, journal: false });
  const photo = await storage.upload(await readFile(sample), {
    filename: 'photo.jpg',
    contentType: 'image/jpeg',
  });
  for (const line of lines) {
    // Another shell's own syntax.
    if (/completion zsh/.test(line)) continue;
    const command = line
      .replaceAll('0199e1a2-3b4c-7d5e-8f60-718293a4b5c6', photo.id)
      .replaceAll(/(sk|pk)_…/g, bks.service.secretKey)
      .replaceAll(/https?:\/\/(127\.0\.0\.1:4500|files\.example\.com)/g, url);
    const { BKEND_DATA_DIR } = bks.service.running.env;
    const dataDir = isForOperators(line) ? `export BKEND_DATA_DIR=${BKEND_DATA_DIR}\n` : '';
    const script = `${stage.replace('PROGRAM', bks.program)}${dataDir}${command}`;
    const { code, stderr } = await bks.shell(folder, script);
    expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' });
  }
});

test('the table of differences from rclone has the cases that both programs are run on', () => {
  const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells);
  const start = rows.findIndex(([, second]) => second === '`rclone sync`') + 2;
  expect(rows.slice(start, start + cases.length)).toEqual(cases.map(({ name, words }) => [name, ...words]));
});
