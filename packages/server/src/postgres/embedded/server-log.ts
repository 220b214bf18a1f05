import type { Logger } from '../../observability/logger.ts';

/**
 * What PostgreSQL's severities mean to whoever runs the service: an `ERROR` is a client's, and that client tells of it
 * itself (PostgreSQL documentation, table "Message Severity Levels").
 */
const levels = {
  LOG: 'debug',
  ERROR: 'debug',
  WARNING: 'warn',
  FATAL: 'warn',
  PANIC: 'error',
} as const;

/** Passes a line of the server's log on to ours. */
export function logServerLine(log: Logger, line: string): void {
  const match = /^([A-Z]+): {2}(.*)$/.exec(line);
  const severity = match?.[1];
  const level = isSeverity(severity) ? levels[severity] : 'debug';
  log[level]({ from: 'postgres' }, match?.[2] ?? line);
}

function isSeverity(text: string | undefined): text is keyof typeof levels {
  return text !== undefined && Object.hasOwn(levels, text);
}
