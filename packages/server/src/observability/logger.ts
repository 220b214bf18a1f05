import pino, { type Logger } from 'pino';

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

/** Secrets that must not appear in a log, with their replacement. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b([ps]k_)[0-9a-f]{8,}/g, '$1…'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…'],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&"\s\\]+/gi, '$1…'],
  [/\b(Signature=)[0-9a-f]{16,}/gi, '$1…'],
  [/\b(Bearer )[^"\s\\]+/gi, '$1…'],
  [/(:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+@/g, '$1…@'],
];

/**
 * Removes keys, tokens, signatures and passwords from a line of the log. It works on the finished line, so that it also finds
 * them in a driver's message or an unexpected URL.
 */
function redact(line: string): string {
  let clean = line;
  for (const [pattern, replacement] of secrets) clean = clean.replace(pattern, replacement);
  return clean;
}
