import type { CompletionCommand, CompletionOption, Values } from './completion-model.ts';

/** A script for `source <(… completion zsh)` in `~/.zshrc`, after `compinit`; or for `_bkend-storage` in a folder of `fpath`. */
export function zshCompletion(program: string, commands: readonly CompletionCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `#compdef ${program}
# ${program} completion for zsh
${name}_paths() {
  local -a paths
  paths=(\${(f)"$(${program} complete-path "$@" -- "\${(Q)PREFIX}" 2>/dev/null)"})
  compadd -S '' -- \${(M)paths:#*/}
  compadd -- \${paths:#*/}
}
${name}() {
  local command='' word
  local -a options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command:+$command }$word" in
      ${paths.join(' | ')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${commands.flatMap((command) => optionCases(command, name)).join('\n')}
  esac
  case "$command" in
${commands.map((command) => commandCase(command, name)).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" = ${name} ]]; then ${name} "$@"; else compdef ${name} ${program}; fi`;
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
  const described = commands.map((each) => quote(`${each.name}:${each.description}`));
  const rest =
    values === undefined ? `options=(${described.join(' ')}); _describe command options` : fill(values, name);
  return `    ${quote(path.join(' '))})
      if [[ $PREFIX == -* ]]; then options=(${options.flatMap(describeOption).join(' ')}); _describe option options
      else ${rest}; fi ;;`;
}

function describeOption({ flags, description }: CompletionOption): string[] {
  return flags.map((flag) => quote(`${flag}:${description}`));
}

/** @param name of the script's function */
function fill(values: Values, name: string): string {
  if (values.kind === 'stored-files') return `${name}_paths`;
  if (values.kind === 'stored-folders') return `${name}_paths --folders`;
  if (values.kind === 'trashed-files') return `${name}_paths --trash`;
  if (values.kind === 'choices') return `compadd -- ${values.choices.map(quote).join(' ')}`;
  if (values.kind === 'files') return '_files';
  return values.kind === 'folders' ? '_files -/' : ':';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
