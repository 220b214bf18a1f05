import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/** Shells with a completion script. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** Values that can follow an option or be an argument. */
export type Values =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  /** Files and folders of this machine. */
  | { readonly kind: 'files' | 'folders' }
  /** Files and folders of the service, which is asked. */
  | { readonly kind: 'stored-files' | 'stored-folders' | 'trashed-files' }
  /** Nothing to suggest. */
  | { readonly kind: 'anything' };

export interface CompletionOption {
  /** All spellings: `-o`, `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent where no value follows. */
  readonly values?: Values;
}

/** A command, as far as shells complete it. */
export interface CompletionCommand {
  /** Below the program's name: `['keys', 'create']`. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** Values of the last argument that has any to suggest; shells need no others. */
  readonly arguments?: Values;
}

/** Options of the program that its commands have, too. */
const globalFlags = new Set(['--json', '--profile']);

/** Lists the program and all commands below it, parents first. */
export function listCompletions(program: CommandUnknownOpts): CompletionCommand[] {
  return commandsBelow(program, [], []);
}

function commandsBelow(
  command: CommandUnknownOpts,
  path: readonly string[],
  inherited: readonly CompletionOption[],
): CompletionCommand[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).map(describeOption);
  const commands = help.visibleCommands(command);
  const suggested = command.registeredArguments.map((each) => valuesOf(each, each.name()));
  const last = suggested.findLast(({ kind }) => kind !== 'anything') ?? suggested.at(-1);
  const own: CompletionCommand = {
    path,
    commands: commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: [...options, ...inherited],
    ...(last && { arguments: last }),
  };
  // `--version` and `--help` of the program are not options of its commands.
  const shared = [
    ...inherited,
    ...options.filter(({ flags }) => flags.some((flag) => globalFlags.has(flag))),
  ];
  return [own, ...commands.flatMap((each) => commandsBelow(each, [...path, each.name()], shared))];
}

function describeOption(option: Option): CompletionOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  return {
    flags,
    description: option.description,
    ...(takesValue && { values: valuesOf(option, /<(\w+)/.exec(option.flags)?.[1] ?? '') }),
  };
}

const kindsByName: ReadonlyMap<string, Values> = new Map([
  ['file', { kind: 'files' }],
  ['directory', { kind: 'folders' }],
  ['source', { kind: 'files' }],
  ['target', { kind: 'files' }],
  ['path', { kind: 'stored-files' }],
  ['trashed-path', { kind: 'trashed-files' }],
  ['new-path', { kind: 'stored-files' }],
  ['folder', { kind: 'stored-folders' }],
]);

function valuesOf({ argChoices }: Option | Argument, name: string): Values {
  if (argChoices !== undefined) return { kind: 'choices', choices: argChoices };
  return kindsByName.get(name) ?? { kind: 'anything' };
}
