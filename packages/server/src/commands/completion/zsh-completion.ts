import type { CommandWords, OptionWords, Values } from './command-words.ts';

/** For `source <(… completion zsh)` in `~/.zshrc`, after `compinit`; or as `_bkend-storage` in a folder of `fpath`. */
export function zshCompletion(program: string, commands: readonly CommandWords[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `#compdef ${program}
# ${program} completion for zsh
${name}() {
  local command='' word
  local -a options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command:+$command }$word" in
      ${paths.join(' | ')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${commands.flatMap(optionCases).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" = ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi`;
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
  const described = commands.map(({ name, description }) => quote(`${name}:${description}`));
  const rest =
    values === undefined ? `options=(${described.join(' ')}); _describe command options` : fill(values);
  return `    ${quote(path.join(' '))})
      if [[ $PREFIX == -* ]]; then options=(${options.flatMap(describeOption).join(' ')}); _describe option options
      else ${rest}; fi ;;`;
}

function describeOption({ flags, description }: OptionWords): string[] {
  return flags.map((flag) => quote(`${flag}:${description}`));
}

function fill(values: Values): string {
  if (values.kind === 'words') return `compadd -- ${values.words.map(quote).join(' ')}`;
  if (values.kind === 'files') return '_files';
  return values.kind === 'folders' ? '_files -/' : ':';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
