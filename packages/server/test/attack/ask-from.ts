import { get } from 'node:http';

export interface TimedAnswer {
  readonly status: number;
  readonly ms: number;
}

/**
 * A GET from another address of this machine: to the service it is another client.
 * @param address within 127.0.0.0/8
 */
export function askFrom(
  address: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<TimedAnswer> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { localAddress: address, agent: false, headers }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - begun }),
      );
    });
    request.once('error', reject);
  });
}

/** The middle one of several measurements, one after another. */
export async function medianMs(times: number, ask: (time: number) => Promise<TimedAnswer>): Promise<number> {
  const measured: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const { status, ms } = await ask(time);
    if (status !== 200) throw new Error(`Answered with ${status} after ${Math.round(ms)} ms.`);
    measured.push(ms);
  }
  return measured.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}
