import { readFileSync } from 'node:fs';
import { clientCommands } from './commands/client/client-commands.ts';
import type { Command } from './commands/command.ts';
import { help } from './commands/help.ts';
import { UsageError } from './commands/usage-error.ts';
import { parseConfig } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { readEnv, silenceSdkVersionWarning } from './config/env.ts';
import { LockHeldError } from './data-dir/lock.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { packageFile } from './package-file.ts';

/** Loaded only when wanted: most of a start is loading code. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  keys: async () => (await import('./commands/keys.ts')).keys,
  token: async () => (await import('./commands/token.ts')).token,
  jobs: async () => (await import('./commands/jobs.ts')).jobs,
  store: async () => (await import('./commands/store.ts')).store,
  ...clientCommands,
};

const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command line and ends the process: with 0 when done, 1 when something failed, 2 when the words or the settings
 * cannot be used, 130 when
 * interrupted.
 * @param argv the words after the program's name
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.exit(await run(argv).then(() => exitCodes.done, report));
}

async function run([name, ...words]: readonly string[]): Promise<void> {
  if (name === '--version' || name === '-v') return print(readVersion());
  if (name === undefined) throw new UsageError(help);
  if (['--help', '-h', 'help'].includes(name) || words.includes('--help')) return print(help);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new UsageError(`There is no command ${JSON.stringify(name)}.`);
  silenceSdkVersionWarning();
  // What is written is for nobody else's eyes, on a machine that others use too.
  process.umask(0o077);
  const config = parseConfig(readEnv());
  const log = createLogger({ level: config.logLevel, role: roleOf(name, words) });
  watchProcess(log);
  const command = await load();
  await command(words, { config, log, print });
}

/** What Node would print in its own way goes to the log. */
function watchProcess(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error');
    process.exit(exitCodes.failed);
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // What will be no more one day is for whoever develops this, not for who runs it.
    const level = /Deprecation|VersionSupport/.test(warning.name) ? 'debug' : 'warn';
    log[level]({ warning: warning.name }, warning.message);
  });
}

/** What the log's lines are labelled with. */
function roleOf(name: string, words: readonly string[]): string {
  const only = words.indexOf('--only');
  return name === 'serve' && only >= 0 ? (words[only + 1] ?? name) : name;
}

function report(error: unknown): number {
  if (error instanceof Error && error.name === 'ToldError') return exitCodes.failed;
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError || error instanceof ConfigError || isParseArgsError(error);
  process.stderr.write(`${message}\n`);
  if (isParseArgsError(error)) process.stderr.write('"bkend-storage --help" shows what can be given.\n');
  if (error instanceof Error && error.name === 'InterruptedError') return exitCodes.interrupted;
  return isUsage || error instanceof LockHeldError ? exitCodes.usage : exitCodes.failed;
}

/** What node:util parseArgs throws when it meets words it does not know. */
function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  return version;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
