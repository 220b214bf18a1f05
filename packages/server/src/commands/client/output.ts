import { StorageError } from '@bkend/storage';
import type { Output } from '../output.ts';

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

/** Columns as wide as their widest entry; numbers to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, `${cell}`.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? `${cell}`.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** An error as the user is told of it. */
export function describe(error: unknown): { readonly code?: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof StorageError ? { code: error.code, message } : { message };
}

/** One line to standard error: what it was about, and what went wrong. */
export function complain(about: string, error: unknown, { isJson }: Output): void {
  const { code, message } = describe(error);
  const words = `${about}: ${message}${code === undefined ? '' : ` (${code})`}`;
  process.stderr.write(`${isJson ? JSON.stringify({ about, error: { code, message } }) : words}\n`);
}
