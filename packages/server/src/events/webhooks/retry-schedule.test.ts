import { expect, it } from 'vitest';
import { deliveryLifeMs, nextDeliveryAt } from './retry-schedule.ts';

const start = new Date('2026-05-04T12:00:00Z');

/** Pauses until a delivery that only fails is given up, in seconds. */
function pausesBy(random: () => number): number[] {
  const pauses: number[] = [];
  let now = start;
  for (let attempts = 1; ; attempts += 1) {
    const next = nextDeliveryAt({ attempts, firstAttemptAt: start, now }, random);
    if (next === undefined) return pauses;
    pauses.push((next.getTime() - now.getTime()) / 1_000);
    now = next;
  }
}

it('tries for exactly 3 days, with pauses that grow up to 6 hours', () => {
  const pauses = pausesBy(() => 0.5);
  expect(pauses.slice(0, 6)).toEqual([5, 15, 45, 135, 405, 1215]);
  expect(Math.max(...pauses)).toBe(6 * 3_600);
  expect(pauses.reduce((sum, each) => sum + each)).toBeCloseTo(deliveryLifeMs / 1_000);
});

it.each([0, 0.999])('varies each pause by a fifth at most (%d)', (random) => {
  for (const [index, pause] of pausesBy(() => random)
    .slice(0, 6)
    .entries()) {
    const middle = 5 * 3 ** index;
    expect(Math.abs(pause - middle)).toBeLessThanOrEqual(middle / 5);
  }
  expect(pausesBy(() => random).length).toBeLessThan(30);
});
