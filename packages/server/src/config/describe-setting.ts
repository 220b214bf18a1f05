import type { Setting, Unit } from './setting.ts';

/** Formats the default of a setting as Markdown: `` `127.0.0.1` ``, `5 GiB`, `unset`. */
export function formatDefault(setting: Setting): string {
  if (setting.defaultText !== undefined) return setting.defaultText;
  if (!('default' in setting) || setting.default === undefined) return 'unset';
  return setting.kind === 'integer' ? formatNumber(setting.default, setting.unit) : `\`${setting.default}\``;
}

/** Formats the values that a setting may have: `1 to 5 GiB`, `true or false`. */
export function formatRange(setting: Setting): string {
  switch (setting.kind) {
    case 'integer':
      return `${formatNumber(setting.min, setting.unit)} to ${formatNumber(setting.max, setting.unit)}`;
    case 'boolean':
      return '`true`, `false`';
    case 'choice':
      return setting.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'url':
      return setting.mayHavePath ? 'http or https URL' : 'http or https URL without a path';
    case 'text':
    case 'secret':
      return setting.kind;
  }
}

const steps: Partial<Record<Unit, readonly (readonly [size: number, name: string])[]>> = {
  bytes: [
    [1024 ** 4, 'TiB'],
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
  ],
  seconds: [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ],
};

const suffixes: Readonly<Record<Exclude<Unit, 'port'>, string>> = {
  bytes: ' B',
  seconds: ' s',
  pixels: ' px',
  'requests a minute': ' a minute',
};

/** `5 GiB`, `15 min`, `10,000`, a port `4500`: in the largest unit that gives a whole number. */
function formatNumber(value: number, unit?: Unit): string {
  const step = (unit && steps[unit])?.find(([size]) => value >= size && value % size === 0);
  if (step !== undefined) return `${grouped(value / step[0])} ${step[1]}`;
  if (unit === 'port') return `${value}`;
  return `${grouped(value)}${unit === undefined ? '' : suffixes[unit]}`;
}

/** `10,000`. Without `Intl`, which costs each start of a process 20 ms of CPU or more. */
function grouped(integer: number): string {
  return `${integer}`.replace(/\B(?=(\d{3})+$)/g, ',');
}
