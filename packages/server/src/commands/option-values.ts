import { InvalidArgumentError } from '@commander-js/extra-typings';
import { isUserId } from '../identity/caller.ts';

const secondsIn = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 } as const;

/** Parses a duration such as `45s`, `15m`, `1h` or `30d`; a number alone has seconds. @returns seconds */
export function duration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhd]?)$/.exec(text);
  const unit = match?.[2] || 's';
  if (match === null || !isUnit(unit)) {
    throw new InvalidArgumentError('Give seconds, or a duration such as 45s, 15m, 1h or 30d.');
  }
  return Number(match[1]) * secondsIn[unit];
}

/** Parses durations from `min` to `max` seconds. @param range both ends as a user types them */
export function durationWithin(min: number, max: number, range: string): (text: string) => number {
  return (text) => {
    const seconds = duration(text);
    if (seconds < min || seconds > max) throw new InvalidArgumentError(`Give ${range}.`);
    return seconds;
  };
}

/** Parses an instant as the API takes it: a date alone is its midnight in UTC. @returns ISO 8601, UTC */
export function instant(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = new Date(isDate ? text : Number.NaN);
  const [, day = ''] = /^\d{4}-\d{2}-(\d{2})/.exec(text) ?? [];
  // A day that the month does not have is read as one of the next.
  const isReal = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(day);
  if (Number.isNaN(at.getTime()) || !isReal) {
    throw new InvalidArgumentError('Give a date or an instant, such as 2026-01-31 or 2026-01-31T09:00:00Z.');
  }
  return at.toISOString();
}

/** Parses the address of a service. */
export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('Give a URL such as https://files.example.com.');
}

function isUnit(unit: string): unit is keyof typeof secondsIn {
  return Object.hasOwn(secondsIn, unit);
}

/** Parses whole numbers from 1 to `max`. */
export function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > max) {
      throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`);
    }
    return number;
  };
}

/** Parses a user id. The API refuses a token with any other `sub`. */
export function userId(text: string): string {
  if (isUserId(text)) return text;
  throw new InvalidArgumentError('Give 1 to 255 characters, none of them a control character.');
}

/** Parses the name of a profile, which becomes the name of a file. */
export function profileName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('Give 1 to 64 letters, digits, dots, dashes and underscores.');
}

/** Collects the values of an option that may be repeated. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
