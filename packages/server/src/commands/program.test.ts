import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

const root = join(import.meta.dirname, '../../../..');

/** A program whose commands do nothing, and the names of the commands that it parsed. */
function createParser() {
  const program = createProgram().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  const parsed: string[] = [];
  const listen = (command: CommandUnknownOpts) => {
    if (command.commands.length === 0) command.action(() => void parsed.push(command.name()));
    for (const each of command.commands) listen(each);
  };
  listen(program);
  return { program, parsed };
}

/** Splits a line into arguments: enough of a shell's grammar for our pages. */
function argumentsOf(line: string): string[] {
  const quoted = line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  return quoted.map((argument) => argument.replace(/^(['"])(.*)\1$/, '$2'));
}

/** Every `bkend-storage …` in the code blocks of a page, up to the end of the command. */
function commandsOn(page: string): string[] {
  const blocks = readFileSync(join(root, page), 'utf8').match(/^```sh\n[\s\S]*?^```$/gm) ?? [];
  return blocks.flatMap((block) =>
    [...block.matchAll(/bkend-storage ([a-z-][^\n|#)>]*)/g)].map(([, command = '']) => command.trim()),
  );
}

describe.each(['README.md', 'docs/command-line.md', 'docs/mcp.md', 'docs/moving.md', 'docs/store.md'])(
  '%s',
  (page) => {
    it.each(commandsOn(page))('shows a command that the program accepts: %s', async (line) => {
      const { program, parsed } = createParser();
      const argv = argumentsOf(line);
      const isHelp = argv.includes('--help');
      const outcome = await program.parseAsync(argv, { from: 'user' }).catch((error: unknown) => error);
      if (isHelp) expect(outcome).toMatchObject({ exitCode: 0 });
      else expect(parsed).toHaveLength(1);
    });
  },
);

it('docs/command-line.md and docs/moving.md show every command for files', () => {
  const lines = ['docs/command-line.md', 'docs/moving.md'].flatMap((page) => commandsOn(page));
  const shown = new Set(lines.map((line) => line.split(' ')[0]));
  const service = ['serve', 'projects', 'environments', 'keys', 'webhooks', 'token', 'jobs', 'store'];
  const names = createProgram().commands.map((command) => command.name());
  expect(names.filter((name) => !service.includes(name) && !shown.has(name))).toEqual([]);
});
