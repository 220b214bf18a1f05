import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/** What can stand behind an option or as an argument. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'folders' }
  /** Only the user knows. */
  | { readonly kind: 'anything' };

export interface OptionWords {
  /** All ways to write it: `-o`, `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent where nothing follows. */
  readonly values?: Values;
}

/** A command as a shell has to know it. */
export interface CommandWords {
  /** Below the program's name: `['keys', 'create']`. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionWords[];
  /** Of the last argument; the shells need no more. */
  readonly arguments?: Values;
}

/** The program and all commands below it, each before those below it. */
export function listCommandWords(program: CommandUnknownOpts): CommandWords[] {
  return commandsBelow(program, [], []);
}

function commandsBelow(
  command: CommandUnknownOpts,
  path: readonly string[],
  inherited: readonly OptionWords[],
): CommandWords[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).map(describeOption);
  const commands = help.visibleCommands(command);
  const [argument] = command.registeredArguments.slice(-1);
  const own: CommandWords = {
    path,
    commands: commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: [...options, ...inherited],
    ...(argument && { arguments: valuesOf(argument, argument.name()) }),
  };
  // The program's own name and version are nothing below it.
  const shared = [...inherited, ...options.filter(({ flags }) => flags.includes('--json'))];
  return [own, ...commands.flatMap((each) => commandsBelow(each, [...path, each.name()], shared))];
}

function describeOption(option: Option): OptionWords {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  return {
    flags,
    description: option.description,
    ...(takesValue && { values: valuesOf(option, /<(\w+)/.exec(option.flags)?.[1] ?? '') }),
  };
}

function valuesOf({ argChoices }: Option | Argument, name: string): Values {
  if (argChoices !== undefined) return { kind: 'words', words: argChoices };
  if (name === 'file') return { kind: 'files' };
  return name === 'folder' ? { kind: 'folders' } : { kind: 'anything' };
}
