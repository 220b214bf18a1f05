import { getSystemErrorMap } from 'node:util';
import { StorageError } from '@bkend/storage';
import type { Output } from '../output.ts';
import { printable, printableJson } from '../printable.ts';

/** Some of what was asked for could not be done, and has been told. */
export class PartlyFailedError extends Error {
  override readonly name = 'ToldError';
}

/** The user pressed Ctrl-C; the message says how to go on. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** `1.4 MB`: three digits say enough. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Columns as wide as their widest entry; numbers to the right. Control characters are shown. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const table = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : printable(cell))));
  const widths: number[] = [];
  for (const row of table) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, `${cell}`.length);
    }
  }
  return table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? `${cell}`.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** An error as it is shown to the user; where the operating system refused something, with its reason. */
export function describe(error: unknown): { readonly code?: string; readonly message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const own = systemReason(error);
  if (own !== undefined) return { message: own };
  const reason = isOfNetwork(error) ? undefined : systemReason(error.cause);
  const message = reason === undefined ? error.message : `${error.message.replace(/\.$/, '')}: ${reason}.`;
  return error instanceof StorageError ? { code: error.code, message } : { message };
}

/** `permission denied (EACCES)`; undefined for what is no error of the operating system. */
export function systemReason(error: unknown): string | undefined {
  const { errno, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (typeof errno !== 'number' || code === undefined) return undefined;
  const [name, words] = getSystemErrorMap().get(errno) ?? [code, 'the system refused'];
  return `${words} (${name})`;
}

/** Its message names the cause already. */
function isOfNetwork(error: Error): boolean {
  return error instanceof StorageError && error.code === 'client/network';
}

/** One line to standard error: what it was about, and what went wrong. */
export function complain(about: string, error: unknown, { isJson }: Output): void {
  const { code, message } = describe(error);
  const words = `${about}: ${message}${code === undefined ? '' : ` (${code})`}`;
  writeError(isJson ? printableJson({ about, error: { code, message } }) : printable(words));
}

/** One line to standard error: something the user should know, that is no failure. */
export function remark(about: string, note: string, { isJson }: Output): void {
  writeError(isJson ? printableJson({ about, note }) : printable(`${about}: ${note}`));
}

function writeError(line: string): void {
  process.stderr.write(`${line}\n`);
}
