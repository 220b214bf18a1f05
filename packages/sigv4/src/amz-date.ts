/** A moment as `yyyyMMdd'T'HHmmss'Z'` (ISO 8601 basic format), the only spelling `X-Amz-Date` may have. */
export type AmzDate = string;

/** Formats a moment, dropping the milliseconds. */
export function formatAmzDate(date: Date): AmzDate {
  const iso = date.toISOString(); // 2013-05-24T00:00:00.000Z
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** Reads a moment; undefined if it is spelled otherwise or is no moment, such as the 30th of February. */
export function parseAmzDate(text: string): Date | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const number = (start: number, end: number) => Number(text.slice(start, end));
  const [year, month, day] = [number(0, 4), number(4, 6), number(6, 8)];
  const [hour, minute, second] = [number(9, 11), number(11, 13), number(13, 15)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date takes the 30th of February for a day in March, and the year 99 for 1999.
  const isMoment =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isMoment ? date : undefined;
}
