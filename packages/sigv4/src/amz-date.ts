/** A moment as `yyyyMMdd'T'HHmmss'Z'` (ISO 8601 basic format), the only spelling `X-Amz-Date` may have. */
export type AmzDate = string;

/** Formats a moment, dropping the milliseconds. */
export function formatAmzDate(date: Date): AmzDate {
  const iso = date.toISOString(); // 2013-05-24T00:00:00.000Z
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** Reads a moment; undefined if it is spelled otherwise or is no moment, such as the 30th of February. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date takes the 30th of February for a day in March, and 24:00:00 for the next day.
  return date.getUTCDate() === Number(day) ? date : undefined;
}
