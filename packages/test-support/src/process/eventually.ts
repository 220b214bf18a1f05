import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is there; the wait has an end, and says what it waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { withinSeconds = 30 }: { withinSeconds?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${withinSeconds} s: ${what}.`);
    await pause(50);
  }
}
