import pino, { type Logger } from 'pino';
import { redact } from './redact.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** On every line. */
  readonly role: string;
  /** Standard error when absent; standard output belongs to the commands. */
  readonly stream?: { write(line: string): void };
}

/** Creates a logger: one JSON object a line, with an ISO 8601 time and the level's name, secrets redacted. */
export function createLogger({ level, role, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { role, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
      hooks: { streamWrite: redact },
    },
    // Synchronous, so that the last lines before a crash are written.
    stream ?? pino.destination({ fd: 2, sync: true }),
  );
}
