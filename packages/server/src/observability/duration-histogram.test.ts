import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { DurationHistogram } from './duration-histogram.ts';

const about = { name: 'seconds', help: 'How long.', buckets: [0.001, 0.01, 0.1, 1] };

describe('a histogram of durations', () => {
  it('has the same output as prom-client’s own', async () => {
    const observation = fc.record({
      method: fc.constantFrom('GET', 'HEAD'),
      route: fc.constantFrom('/a', '/"b"'),
      status: fc.constantFrom(200, 404),
      // Whole 1024ths, which add up to the same in any order.
      seconds: fc.oneof(
        fc.constantFrom(0, 1),
        fc.nat({ max: 3_000 }).map((n) => n / 1024),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { maxLength: 30 }), async (observations) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const histogram = new DurationHistogram({ ...about, registry: ours });
        const usual = new Histogram({
          ...about,
          labelNames: ['method', 'route', 'status'],
          registers: [theirs],
        });
        for (const { seconds, ...labels } of observations) {
          histogram.add(labels, seconds);
          usual.observe(labels, seconds);
        }
        expect(lines(await ours.metrics())).toEqual(lines(await theirs.metrics()));
      }),
    );
  });
});

function lines(text: string): string[] {
  return text.split('\n').sort();
}
