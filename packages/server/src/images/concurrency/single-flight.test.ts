import { describe, expect, it } from 'vitest';
import { SingleFlight } from './single-flight.ts';

describe('a single flight', () => {
  it('shares one outcome among equal concurrent requests, and begins anew afterwards', async () => {
    const flights = new SingleFlight<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect(await Promise.all(['a', 'a', 'b'].map((name) => flights.run(name, work)))).toEqual([1, 1, 2]);
    expect(await flights.run('a', work)).toBe(3);
  });

  it('is aborted when its last request has gone, and not before', async () => {
    const flights = new SingleFlight<string>();
    let aborted = false;
    const work = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const [one, other] = [new AbortController(), new AbortController()];
    const first = flights.run('a', work, one.signal);
    const second = flights.run('a', work, other.signal);
    one.abort(new Error('one has gone'));
    await expect(first).rejects.toThrow('one has gone');
    expect(aborted).toBe(false);
    other.abort(new Error('the other, too'));
    await expect(second).rejects.toThrow('the other, too');
    expect(aborted).toBe(true);
  });

  it('that is aborted is joined by no later request', async () => {
    const flights = new SingleFlight<string>();
    const gone = new AbortController();
    let end = () => {};
    const ends = new Promise<void>((resolve) => {
      end = resolve;
    });
    const first = flights.join('a', async () => ends.then(() => 'old'), gone.signal);
    gone.abort();
    expect(await flights.run('a', async () => 'new')).toBe('new');
    end();
    expect(await first).toBe('old');
  });
});
