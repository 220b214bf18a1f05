/** Figures of ours and of the yardstick, measured one right after the other. */
export interface Round {
  readonly ours: number;
  readonly yardstick: number;
}

export type Measurements = { readonly [name in keyof Round]: () => Promise<number> };

/**
 * Measures both sides alternately, so that other load on the machine falls on both. The side that begins changes each round.
 *
 * @param limit ends after `rounds` rounds or `seconds` seconds, whichever comes first; at least one round is measured
 * @returns the round with the median ratio, which single disturbed rounds do not move
 */
export async function interleave(
  measure: Measurements,
  limit: { readonly rounds: number; readonly seconds: number },
): Promise<Round> {
  const started = performance.now();
  const measured: Round[] = [];
  do {
    measured.push(await measureRound(measure, measured.length % 2 === 0));
  } while (measured.length < limit.rounds && performance.now() - started < limit.seconds * 1000);
  return medianOf(measured);
}

async function measureRound(measure: Measurements, oursFirst: boolean): Promise<Round> {
  if (oursFirst) return { ours: await measure.ours(), yardstick: await measure.yardstick() };
  const yardstick = await measure.yardstick();
  return { ours: await measure.ours(), yardstick };
}

function medianOf(rounds: readonly Round[]): Round {
  const sorted = rounds.toSorted((a, b) => a.ours / a.yardstick - b.ours / b.yardstick);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('There was no round.');
  return middle;
}
