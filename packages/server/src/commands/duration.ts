import { UsageError } from './usage-error.ts';

const secondsIn = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 } as const;

/**
 * Reads a duration such as `45s`, `15m`, `1h` or `30d`, in seconds.
 * @throws UsageError naming the option
 */
export function parseDuration(text: string, option: string): number {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  const unit = match?.[2];
  if (match === null || !isUnit(unit)) {
    throw new UsageError(`${option} ${JSON.stringify(text)} is not a duration such as 45s, 15m, 1h or 30d.`);
  }
  return Number(match[1]) * secondsIn[unit];
}

function isUnit(unit: string | undefined): unit is keyof typeof secondsIn {
  return unit !== undefined && Object.hasOwn(secondsIn, unit);
}
