import type { CompletionCommand, Values } from './completion-model.ts';

/**
 * A script for `source <(… completion bash)` in `~/.bashrc`; needs no bash-completion package. Without a suggestion, bash
 * completes file names.
 */
export function bashCompletion(program: string, commands: readonly CompletionCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `# ${program} completion for bash
${name}_paths() {
  local line
  # The names are quoted already, for the quotation mark that is open.
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(${program} complete-path --shell bash "$@" -- "$current" 2>/dev/null)
  # bash 3 has no compopt.
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' word
  # Bash takes --option=value for three words.
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in
      ${paths.join(' | ')}) command="\${command:+$command }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${commands.flatMap((command) => optionCases(command, name)).join('\n')}
  esac
  case "$command" in
${commands.map((command) => commandCase(command, name)).join('\n')}
  esac
}
complete -o default -F ${name} ${program}`;
}

/** Cases after an option that takes a value. */
function optionCases({ path, options }: CompletionCommand, name: string): string[] {
  return options.flatMap(({ flags, values }) => {
    if (values === undefined) return [];
    const patterns = flags.map((flag) => quote(`${path.join(' ')} ${flag}`));
    return [`    ${patterns.join(' | ')}) ${fill(values, name)}; return ;;`];
  });
}

function commandCase(command: CompletionCommand, name: string): string {
  const { path, commands, options, arguments: values } = command;
  const words = commands.map((each) => each.name);
  const flags = options.flatMap((option) => option.flags);
  const rest = values === undefined ? complete(words) : fill(values, name);
  return `    ${quote(path.join(' '))})
      if [[ $current == -* ]]; then ${complete(flags)}; else ${rest}; fi ;;`;
}

/** @param name of the script's function */
function fill(values: Values, name: string): string {
  if (values.kind === 'stored-files') return `${name}_paths`;
  if (values.kind === 'stored-folders') return `${name}_paths --folders`;
  if (values.kind === 'trashed-files') return `${name}_paths --trash`;
  return values.kind === 'choices' ? complete(values.choices) : ':';
}

function complete(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${quote(words.join(' '))} -- "$current"))`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
