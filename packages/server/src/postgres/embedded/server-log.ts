import type { Logger } from '../../observability/logger.ts';

/**
 * PostgreSQL's severities as levels of our log. An `ERROR` concerns one client, our own, which reports it itself (PostgreSQL
 * documentation, table "Message Severity Levels").
 */
const levels = {
  LOG: 'debug',
  ERROR: 'debug',
  WARNING: 'warn',
  FATAL: 'warn',
  PANIC: 'error',
} as const;

/** Writes a line of the server's log to ours. */
export function logServerLine(log: Logger, line: string): void {
  const match = /^([A-Z]+): {2}(.*)$/.exec(line);
  const severity = match?.[1];
  const level = isSeverity(severity) ? levels[severity] : 'debug';
  log[level]({ from: 'postgres' }, match?.[2] ?? line);
}

function isSeverity(text: string | undefined): text is keyof typeof levels {
  return text !== undefined && Object.hasOwn(levels, text);
}
