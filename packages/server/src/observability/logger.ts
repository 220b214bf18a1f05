import pino, { type Logger } from 'pino';
import { redact } from './redact.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** Stands on every line. */
  readonly role: string;
  /** Standard error when absent; standard output belongs to the commands. */
  readonly stream?: { write(line: string): void };
}

/** Makes a logger: one JSON object a line, with the time in ISO 8601 and the level's name, and no secret in it. */
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
    // Written at once: the last lines before a crash are the ones that count.
    stream ?? pino.destination({ fd: 2, sync: true }),
  );
}
