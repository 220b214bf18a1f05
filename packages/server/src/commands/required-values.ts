import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/**
 * Makes a command and those below it refuse an option whose value is missing, where the parser would take the next option for
 * it: `--exclude --dry-run`. A value that begins with `--` is written `--exclude=--dry-run`.
 */
export function requireValues(command: CommandUnknownOpts): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const option = findOptionWithoutValue(command.options, argv);
    if (option) {
      const [, value] = /(<.+>)/.exec(option.flags) ?? [];
      const name = option.long ?? option.flags;
      command.error(
        `error: ${name} needs its value ${value}; one that begins with -- is given as ${name}=--…`,
        {
          code: 'commander.optionMissingArgument',
        },
      );
    }
    return parse(argv);
  };
  for (const each of command.commands) requireValues(each);
}

function findOptionWithoutValue(options: readonly Option[], argv: readonly string[]): Option | undefined {
  for (let index = 0; index < argv.length && argv[index] !== '--'; index++) {
    const option = optionBefore(options, argv[index] ?? '');
    if (!option) continue;
    index += 1;
    if (argv[index]?.startsWith('--') ?? true) return option;
  }
  return undefined;
}

/** The option that takes the next argument for its value: that of `--output`, `-o` or `-rfo`. */
function optionBefore(options: readonly Option[], argument: string): Option | undefined {
  const long = options.find((option) => option.required && [option.short, option.long].includes(argument));
  if (long || !/^-[^-]./.test(argument)) return long;
  const letters = [...argument.slice(1)].map((letter) => options.find(({ short }) => short === `-${letter}`));
  const first = letters.findIndex((option) => !option || option.required || option.optional);
  const last = letters.length - 1;
  return first === last && letters[last]?.required ? letters[last] : undefined;
}
