import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import autocannon from 'autocannon';

const piece = Buffer.alloc(1024 * 1024);
for (let at = 0; at < piece.length; at++) piece[at] = (at * 31) ^ (at >> 8);

/** Sends or fetches a body and throws it away; returns how many seconds that took. */
export async function exchange(
  url: string,
  { method, sizeBytes = 0 }: { readonly method: 'GET' | 'PUT'; readonly sizeBytes?: number },
): Promise<number> {
  const started = performance.now();
  const headers = method === 'PUT' ? { 'content-length': String(sizeBytes) } : {};
  const request = httpRequest(url, { method, headers, agent: false });
  const answered = once(request, 'response');
  for (let sent = 0; sent < sizeBytes; sent += piece.length) {
    if (!request.write(piece.subarray(0, sizeBytes - sent))) await once(request, 'drain');
  }
  request.end();
  const [response] = await answered;
  if (response.statusCode !== 200) throw new Error(`${method} was answered with ${response.statusCode}.`);
  response.resume();
  await once(response, 'end');
  return (performance.now() - started) / 1000;
}

/** Requests a second. */
export async function readAtOnce(
  url: string,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ url, connections, duration: seconds });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} of the reads failed.`);
  return requests.average;
}
