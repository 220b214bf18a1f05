import type { CompletionCommand, CompletionOption, Values } from './completion-model.ts';

/** A script for `… completion fish > ~/.config/fish/completions/bkend-storage.fish`. */
export function fishCompletion(program: string, commands: readonly CompletionCommand[]): string {
  const name = `__${program.replaceAll('-', '_')}_is`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  const lines = commands.flatMap((command) => {
    const condition = quote(`${name} ${quote(command.path.join(' '))}`);
    return linesOf(command, program).map((line) => `complete -c ${program} -n ${condition} ${line}`);
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

function linesOf(command: CompletionCommand, program: string): string[] {
  const { commands, options, arguments: values } = command;
  const named = commands.map(({ name, description }) => `-a ${quote(name)} -d ${quote(description)}`);
  const lines = options.map((option) => optionLine(option, program));
  return [...named, ...lines, ...(values === undefined ? [] : fill(values, program))];
}

function optionLine({ flags, description, values }: CompletionOption, program: string): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes = values === undefined ? [] : ['-r', ...fill(values, program)];
  return [...names, ...takes, '-d', quote(description)].join(' ');
}

function fill(values: Values, program: string): string[] {
  // Fish quotes what it inserts. The word at the cursor is read without its quotes.
  const paths = (options: string) =>
    `-a '(${program} complete-path ${options}-- (string unescape -- (commandline -ct)) 2>/dev/null)'`;
  if (values.kind === 'stored-files') return [paths('')];
  if (values.kind === 'stored-folders') return [paths('--folders ')];
  if (values.kind === 'trashed-files') return [paths('--trash ')];
  if (values.kind === 'choices') return [`-a ${quote(values.choices.join(' '))}`];
  if (values.kind === 'files') return ['-F'];
  return values.kind === 'folders' ? ["-a '(__fish_complete_directories)'"] : [];
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
