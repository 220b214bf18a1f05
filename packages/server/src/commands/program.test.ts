import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

const root = join(import.meta.dirname, '../../../..');

/** A program that only reads its words, and what it read. */
function createReader() {
  const program = createProgram().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  const read: string[] = [];
  const listen = (command: CommandUnknownOpts) => {
    if (command.commands.length === 0) command.action(() => void read.push(command.name()));
    for (const each of command.commands) listen(each);
  };
  listen(program);
  return { program, read };
}

/** What a shell would hand to the program: enough of its grammar for what stands on our pages. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  return words.map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

/** Every `bkend-storage …` in the blocks of code of a page, up to what ends a command. */
function commandsOn(page: string): string[] {
  const blocks = readFileSync(join(root, page), 'utf8').match(/^```sh\n[\s\S]*?^```$/gm) ?? [];
  return blocks.flatMap((block) =>
    [...block.matchAll(/bkend-storage ([a-z-][^\n|#)>]*)/g)].map(([, words = '']) => words.trim()),
  );
}

describe.each(['README.md', 'docs/command-line.md', 'docs/store.md'])('%s', (page) => {
  it.each(commandsOn(page))('shows a command that can be given: %s', async (line) => {
    const { program, read } = createReader();
    const words = wordsOf(line);
    const isHelp = words.includes('--help');
    const outcome = await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error);
    if (isHelp) expect(outcome).toMatchObject({ exitCode: 0 });
    else expect(read).toHaveLength(1);
  });
});

it('docs/command-line.md shows every command for files', () => {
  const shown = new Set(commandsOn('docs/command-line.md').map((line) => line.split(' ')[0]));
  const service = ['serve', 'projects', 'environments', 'keys', 'token', 'jobs', 'store'];
  const names = createProgram().commands.map((command) => command.name());
  expect(names.filter((name) => !service.includes(name) && !shown.has(name))).toEqual([]);
});
