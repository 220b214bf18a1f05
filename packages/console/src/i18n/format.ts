import { type Language, useLanguage } from './use-messages.ts';

/** Numbers, sizes and times as the language writes them. */
export interface Format {
  count(value: number): string;
  bytes(value: number): string;
  date(iso: string): string;
  /** Relative to now: "2 hours ago". */
  ago(iso: string): string;
  seconds(value: number): string;
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const timeUnits = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const formats = new Map<Language, Format>();

export function useFormat(): Format {
  const language = useLanguage();
  const known = formats.get(language) ?? createFormat(language);
  formats.set(language, known);
  return known;
}

function createFormat(language: Language): Format {
  const count = new Intl.NumberFormat(language);
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  return {
    count: (value) => count.format(value),
    bytes(value) {
      const power = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), byteUnits.length - 1);
      const scaled = value / 1000 ** power;
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: byteUnits[power] ?? 'byte',
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: scaled < 10 && power > 0 ? 1 : 0,
      }).format(scaled);
    },
    date: (iso) => date.format(new Date(iso)),
    ago(iso) {
      const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
      const [unit, size] = timeUnits.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
      return relative.format(unit === 'second' ? 0 : Math.round(seconds / size), unit);
    },
    seconds(value) {
      const [unit, size] = timeUnits.find(([, each]) => value >= each) ?? ['second', 1];
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(
        Math.ceil(value / size),
      );
    },
  };
}
