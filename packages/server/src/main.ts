import { printable, printableJson } from './commands/printable.ts';
import { readSupervisedWords } from './commands/supervised-words.ts';
import { UsageError } from './commands/usage-error.ts';
import { ConfigError } from './config/config-error.ts';
import { closeInheritedFiles } from './confinement/close-inherited-files.ts';
import { LockHeldError } from './data-dir/lock.ts';

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command line and ends the process: with 0 when done, 1 when something failed, 2 when the words or the settings
 * cannot be used, 130 when interrupted.
 * @param argv the words after the program's name
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

/** Loads only what is wanted: most of a start is loading code, and a role's process needs no parser. */
async function run(argv: readonly string[]): Promise<void> {
  const role = readSupervisedWords(argv);
  if (role === undefined) {
    const { createProgram } = await import('./commands/program.ts');
    await createProgram().parseAsync(argv, { from: 'user' });
    return;
  }
  closeInheritedFiles();
  const [{ openContext }, { createOutput }, { runSupervisedRole }] = await Promise.all([
    import('./commands/open-context.ts'),
    import('./commands/output.ts'),
    import('./commands/run-role.ts'),
  ]);
  await runSupervisedRole(role, openContext(role, createOutput(false)));
}

/** Says what went wrong, as JSON where the answer would have been; returns the exit code. */
function report(error: unknown, isJson: boolean): number {
  if (isParserError(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof Error && error.name === 'ToldError') return exitCodes.failed;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isInterrupted = error instanceof Error && error.name === 'InterruptedError';
  const isUsage = [UsageError, ConfigError, LockHeldError].some((kind) => error instanceof kind);
  // Some list what is wrong, a line each. A name, or the words of a server, are one line, whatever is in them.
  const isList = isInterrupted || error instanceof ConfigError || error instanceof LockHeldError;
  const lines = error instanceof UsageError ? error.lines : isList ? message.split('\n') : [message];
  const text = isJson ? printableJson({ error: { code, message } }) : lines.map(printable).join('\n');
  process.stderr.write(`${text}\n`);
  if (isInterrupted) return exitCodes.interrupted;
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

/** The parser has written what there is to say: the help that was asked for, or what it did not understand. */
function isParserError(error: unknown): error is Error & { readonly exitCode: number } {
  return (
    error instanceof Error && 'exitCode' in error && 'code' in error && /^commander\./.test(`${error.code}`)
  );
}

/** Whoever reads what is printed, such as `head`, has had enough. */
function endQuietly(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed);
}
