import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

/** Every spelling of every option with a value, after the command that it belongs to. */
function optionsBelow(command: CommandUnknownOpts, path: readonly string[]): string[][] {
  const own = command.options
    .filter(({ required }) => required)
    .flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined))
    .map((flag) => [...path, flag]);
  return [...own, ...command.commands.flatMap((each) => optionsBelow(each, [...path, each.name()]))];
}

async function parse(...argv: string[]) {
  let message = '';
  const program = createProgram();
  const silence = (command: CommandUnknownOpts) => {
    command.configureOutput({
      writeErr: (text) => {
        message += text;
      },
      writeOut: () => {},
    });
    if (command.commands.length === 0) command.action(() => {});
    for (const each of command.commands) silence(each);
  };
  silence(program);
  const code = await program.parseAsync(argv, { from: 'user' }).then(
    () => 'parsed',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
  return { code, message };
}

describe.each(optionsBelow(createProgram(), []))('%s %s %s %s', (...words) => {
  const path = words.filter((word) => typeof word === 'string');

  it('needs its value, and takes no option for it', async () => {
    for (const next of [['--dry-run'], ['--json'], ['--'], []]) {
      const { code, message } = await parse(...path, ...next);
      expect(code).toBe('commander.optionMissingArgument');
      expect(message).toContain(' needs its value <');
    }
  });
});

describe('a value that begins with dashes', () => {
  it('is given after an equals sign', async () => {
    expect(await parse('put', 'a', '--exclude=--dry-run')).toMatchObject({ code: 'parsed' });
    expect(await parse('get', 'a', '-o', '-')).toMatchObject({ code: 'parsed' });
    expect(await parse('put', '--exclude', 'a', '--', '--exclude')).toMatchObject({ code: 'parsed' });
    expect(await parse('get', 'a', '-rfo', '--force')).toMatchObject({
      code: 'commander.optionMissingArgument',
    });
  });
});
