import { printable } from '../output.ts';

/** `1.4 MB`: three significant digits, decimal units. */
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

/** Lines with columns as wide as their widest cell, numbers aligned right, control characters escaped. */
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
