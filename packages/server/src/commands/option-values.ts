import { InvalidArgumentError } from '@commander-js/extra-typings';
import { isUserId } from '../identity/caller.ts';

const secondsIn = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 } as const;

/** Parses a duration such as `45s`, `15m`, `1h` or `30d`. @returns seconds */
export function duration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  const unit = match?.[2];
  if (match === null || !isUnit(unit)) {
    throw new InvalidArgumentError('Give a duration such as 45s, 15m, 1h or 30d.');
  }
  return Number(match[1]) * secondsIn[unit];
}

function isUnit(unit: string | undefined): unit is keyof typeof secondsIn {
  return unit !== undefined && Object.hasOwn(secondsIn, unit);
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
