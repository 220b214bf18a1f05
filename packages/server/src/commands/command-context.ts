import { type Config, parseConfig } from '../config/config.ts';
import { readEnv, silenceSdkVersionWarning } from '../config/env.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import type { Output } from './output.ts';

/** Given to every service command beside its arguments. */
export interface CommandContext extends Output {
  readonly config: Config;
  readonly log: Logger;
}

/** Opens the context of the command named. */
export type OpenContext = (name: string) => Promise<CommandContext>;

/**
 * Opens the context of a service command: the configuration, the log, and a umask that keeps new files from other users of the
 * machine.
 * @param name the log's `role`
 * @throws ConfigError naming every setting that is wrong
 */
export function openContext(name: string, output: Output): CommandContext {
  silenceSdkVersionWarning();
  process.umask(0o077);
  const config = parseConfig(readEnv());
  const log = createLogger({ level: config.logLevel, role: name });
  watchProcess(log);
  return { ...output, config, log };
}

/** Logs uncaught errors and the warnings that Node would print in a format of its own. */
function watchProcess(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error');
    process.exit(1);
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // Deprecations are for developers, not for operators.
    const level = /Deprecation|VersionSupport/.test(warning.name) ? 'debug' : 'warn';
    log[level]({ warning: warning.name }, warning.message);
  });
}
