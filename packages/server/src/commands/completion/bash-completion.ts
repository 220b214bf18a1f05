import type { CommandWords, Values } from './command-words.ts';

/**
 * For `source <(… completion bash)`, in `~/.bashrc` say; needs no bash-completion package. Where there is nothing to offer,
 * bash offers files.
 */
export function bashCompletion(program: string, commands: readonly CommandWords[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `# ${program} completion for bash
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
${commands.flatMap(optionCases).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -o default -F ${name} ${program}`;
}

/** After an option that wants a value. */
function optionCases({ path, options }: CommandWords): string[] {
  return options.flatMap(({ flags, values }) => {
    if (values === undefined) return [];
    const patterns = flags.map((flag) => quote(`${path.join(' ')} ${flag}`));
    return [`    ${patterns.join(' | ')}) ${fill(values)}; return ;;`];
  });
}

function commandCase({ path, commands, options, arguments: values }: CommandWords): string {
  const words = commands.map(({ name }) => name);
  const flags = options.flatMap((option) => option.flags);
  const rest = values === undefined ? complete(words) : fill(values);
  return `    ${quote(path.join(' '))})
      if [[ $current == -* ]]; then ${complete(flags)}; else ${rest}; fi ;;`;
}

function fill(values: Values): string {
  return values.kind === 'words' ? complete(values.words) : ':';
}

function complete(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${quote(words.join(' '))} -- "$current"))`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
