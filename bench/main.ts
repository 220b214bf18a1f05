/** `npm run bench -- <name> [--json]`: one benchmark, its figures as a table or as JSON. */
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import type { Result } from './result.ts';

/** Each benchmark is loaded only when named, so that it needs only its own dependencies. */
const benchmarks: Readonly<Record<string, () => Promise<() => Promise<Result[]>>>> = {
  presign: async () => (await import('./presign.ts')).benchPresign,
  api: async () => (await import('./api.ts')).benchApi,
  flow: async () => (await import('./flow.ts')).benchFlow,
  list: async () => (await import('./list.ts')).benchList,
  store: async () => (await import('./store.ts')).benchStore,
  images: async () => (await import('./images.ts')).benchImages,
  client: async () => (await import('./client.ts')).benchClient,
  events: async () => (await import('./events.ts')).benchEvents,
};

// A signal becomes an exit, whose handlers end started processes and remove large files.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const [name = ''] = positionals;
const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;

if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join('|')} [--json]`);
  process.exitCode = 2;
} else {
  const bench = await load();
  const results = await bench();
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else console.table(results.map(readable));
}

function readable({ name, ours, yardstick, unit, ratio, target, holds }: Result) {
  const format = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
  return {
    name,
    ours: `${format(ours)} ${unit}`,
    yardstick: `${format(yardstick)} ${unit}`,
    ratio: format(ratio),
    target: target === undefined ? '–' : format(target),
    holds,
  };
}
