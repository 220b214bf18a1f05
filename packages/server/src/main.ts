import { inUserWords } from './commands/client/user-words.ts';
import { InterruptedError, ReportedError, UsageError } from './commands/command-errors.ts';
import { printable, printableJson } from './commands/output.ts';
import { parseRoleArgv } from './commands/serve/role-argv.ts';
import { ConfigError } from './config/settings.ts';
import { closeInheritedFiles } from './confinement/close-inherited-files.ts';
import { LockHeldError } from './data-dir/own-files.ts';

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command line and ends the process: with 0 when done, 1 when something failed, 2 when the arguments or settings are
 * wrong, 130 when interrupted.
 * @param argv the arguments after the program's name
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietly);
  process.exit(
    await run(argv).then(
      () => exitCodes.done,
      (error: unknown) => report(error, argv.includes('--json')),
    ),
  );
}

/** Loads the code that this command needs: most of a start is loading code, and a role's process needs no parser. */
async function run(argv: readonly string[]): Promise<void> {
  const role = parseRoleArgv(argv);
  if (role === undefined) {
    const { createProgram } = await import('./commands/program.ts');
    await createProgram().parseAsync(argv, { from: 'user' });
    return;
  }
  closeInheritedFiles();
  const [{ openContext }, { createOutput }, { runSupervisedRole }] = await Promise.all([
    import('./commands/command-context.ts'),
    import('./commands/output.ts'),
    import('./commands/serve/run-role.ts'),
  ]);
  await runSupervisedRole(role, openContext(role, createOutput(false)));
}

/** Writes the error to standard error, as JSON with `--json`. @returns the exit code */
function report(error: unknown, isJson: boolean): number {
  if (isParserError(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof ReportedError) return exitCodes.failed;
  const message = error instanceof Error ? inUserWords(error) : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text = isJson
    ? printableJson({ error: { code, message } })
    : linesOf(error, message).map(printable).join('\n');
  process.stderr.write(`${text}\n`);
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  const isUsage = [UsageError, ConfigError, LockHeldError].some((kind) => error instanceof kind);
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

/** Only our own lists have several lines: a name, or a server's message, is one line whatever characters it contains. */
function linesOf(error: unknown, message: string): readonly string[] {
  if (error instanceof UsageError) return error.lines;
  const isList = [InterruptedError, ConfigError, LockHeldError].some((kind) => error instanceof kind);
  return isList ? message.split('\n') : [message];
}

/** The parser has already written its message, or the help that was asked for. */
function isParserError(error: unknown): error is Error & { readonly exitCode: number } {
  return (
    error instanceof Error && 'exitCode' in error && 'code' in error && /^commander\./.test(`${error.code}`)
  );
}

/** The reader of standard output has closed it, as `head` does. */
function endQuietly(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed);
}
