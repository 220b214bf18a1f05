import { printable } from '../output.ts';

/**
 * The command that resumes an interrupted one, to be pasted into a shell: its arguments without the files that are done. Folders
 * stay, with all their files.
 * @param argv the arguments after the program's name
 */
export function resumeCommand(argv: readonly string[], donePaths: ReadonlySet<string>): string {
  return argv
    .filter((argument) => !donePaths.has(argument))
    .map(quote)
    .join(' ');
}

function quote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  const escaped = printable(argument);
  // `$'…'` reads escapes (bash, zsh, POSIX.1-2024).
  if (escaped !== argument) return `$'${printable(argument.replace(/[\\']/g, '\\$&'))}'`;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
