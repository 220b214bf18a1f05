import { parseConfig } from '../config/config.ts';
import { readEnv, silenceSdkVersionWarning } from '../config/env.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import type { CommandContext } from './command.ts';
import type { Output } from './output.ts';

/**
 * Makes the process one of the service: with its settings, its log, and files that are for nobody else's eyes, on a machine
 * that others use too.
 * @param name what the log's lines are labelled with
 * @throws ConfigError naming every setting that cannot be used
 */
export function openContext(name: string, output: Output): CommandContext {
  silenceSdkVersionWarning();
  process.umask(0o077);
  const config = parseConfig(readEnv());
  const log = createLogger({ level: config.logLevel, role: name });
  watchProcess(log);
  return { ...output, config, log };
}

/** What Node would print in its own way goes to the log. */
function watchProcess(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error');
    process.exit(1);
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // What will be no more one day is for whoever develops this, not for who runs it.
    const level = /Deprecation|VersionSupport/.test(warning.name) ? 'debug' : 'warn';
    log[level]({ warning: warning.name }, warning.message);
  });
}
