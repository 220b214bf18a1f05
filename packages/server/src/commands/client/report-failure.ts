import { getSystemErrorMap } from 'node:util';
import { StorageError } from '@bkend/storage';
import { type Output, printable, printableJson } from '../output.ts';
import { inUserWords } from './user-words.ts';

/**
 * Reports a failure in one line on standard error, and lets the command go on.
 * @param about the file, id or path that it concerns
 */
export function reportFailure(about: string, error: unknown, { isJson }: Output): void {
  const { code, message } = describeError(error);
  const text = `${about}: ${message}${code === undefined ? '' : ` (${code})`}`;
  writeLine(isJson ? printableJson({ about, error: { code, message } }) : printable(text));
}

/** Reports in one line on standard error something that is not a failure. */
export function reportNote(about: string, note: string, { isJson }: Output): void {
  writeLine(isJson ? printableJson({ about, note }) : printable(`${about}: ${note}`));
}

/** An error as the user sees it, with the reason of the operating system where it has one. */
export function describeError(error: unknown): { readonly code?: string; readonly message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const own = systemReason(error);
  if (own !== undefined) return { message: own };
  const reason = isNetworkError(error) ? undefined : systemReason(error.cause);
  const message = reason === undefined ? error.message : `${error.message.replace(/\.$/, '')}: ${reason}.`;
  if (!(error instanceof StorageError)) return { message };
  return { code: error.code, message: reason === undefined ? inUserWords(error) : message };
}

/** `permission denied (EACCES)`; undefined for anything but an error of the operating system. */
export function systemReason(error: unknown): string | undefined {
  const { errno, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (typeof errno !== 'number' || code === undefined) return undefined;
  const [name, description] = getSystemErrorMap().get(errno) ?? [code, 'the system refused'];
  return `${description} (${name})`;
}

/** The message of a network error already names its cause. */
function isNetworkError(error: Error): boolean {
  return error instanceof StorageError && error.code === 'client/network';
}

function writeLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The error of an upload; of a file that is smaller than the environment takes, that it is left out for that. */
export function asLeftOut(error: unknown): unknown {
  if (!(error instanceof StorageError) || error.code !== 'file/file-too-small') return error;
  const { minBytes, sizeBytes } = error.details;
  if (typeof minBytes !== 'number') return error;
  const size = sizeBytes === 0 ? 'empty' : 'too small';
  const least = minBytes === 1 ? '1 byte' : `${minBytes} bytes`;
  const message = `It is ${size}, and left out: the smallest file here has ${least} (uploads.minFileBytes).`;
  return new StorageError(error.code, message, { cause: error });
}
