/** Ours and the yardstick, measured one right after the other. */
export interface Turn {
  readonly ours: number;
  readonly yardstick: number;
}

export type Measurements = { readonly [name in keyof Turn]: () => Promise<number> };

/**
 * Measures both in turns, each time beginning with the other one, until there were enough rounds or the time is over. One
 * round is always made.
 *
 * @returns the round with the middle ratio: what disturbed single rounds has no say
 */
export async function takeTurns(
  measure: Measurements,
  limit: { readonly rounds: number; readonly seconds: number },
): Promise<Turn> {
  const started = performance.now();
  const turns: Turn[] = [];
  do {
    turns.push(await takeTurn(measure, turns.length % 2 === 0));
  } while (turns.length < limit.rounds && performance.now() - started < limit.seconds * 1000);
  return middleOf(turns);
}

async function takeTurn(measure: Measurements, oursFirst: boolean): Promise<Turn> {
  if (oursFirst) return { ours: await measure.ours(), yardstick: await measure.yardstick() };
  const yardstick = await measure.yardstick();
  return { ours: await measure.ours(), yardstick };
}

function middleOf(turns: readonly Turn[]): Turn {
  const sorted = turns.toSorted((a, b) => a.ours / a.yardstick - b.ours / b.yardstick);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('There was no round.');
  return middle;
}
