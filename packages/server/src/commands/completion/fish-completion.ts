import type { CommandWords, OptionWords, Values } from './command-words.ts';

/** For `… completion fish > ~/.config/fish/completions/bkend-storage.fish`. */
export function fishCompletion(program: string, commands: readonly CommandWords[]): string {
  const name = `__${program.replaceAll('-', '_')}_is`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  const lines = commands.flatMap((command) => {
    const condition = quote(`${name} ${quote(command.path.join(' '))}`);
    return linesOf(command).map((line) => `complete -c ${program} -n ${condition} ${line}`);
  });
  return `# ${program} completion for fish
function ${name} --description 'Whether the words so far name this command'
    set -l command
    for word in (commandline -opc)[2..-1]
        set -l longer (string join ' ' -- $command $word)
        contains -- $longer ${paths.join(' ')}; and set command $longer
    end
    test "$command" = "$argv[1]"
end
complete -c ${program} -f
${lines.join('\n')}`;
}

function linesOf({ commands, options, arguments: values }: CommandWords): string[] {
  const named = commands.map(({ name, description }) => `-a ${quote(name)} -d ${quote(description)}`);
  return [...named, ...options.map(optionLine), ...(values === undefined ? [] : fill(values))];
}

function optionLine({ flags, description, values }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes = values === undefined ? [] : ['-r', ...fill(values)];
  return [...names, ...takes, '-d', quote(description)].join(' ');
}

function fill(values: Values): string[] {
  if (values.kind === 'words') return [`-a ${quote(values.words.join(' '))}`];
  if (values.kind === 'files') return ['-F'];
  return values.kind === 'folders' ? ["-a '(__fish_complete_directories)'"] : [];
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
