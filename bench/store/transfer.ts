import { once } from 'node:events';
import { type Agent, request as httpRequest } from 'node:http';

const piece = Buffer.alloc(1024 * 1024);
for (let at = 0; at < piece.length; at++) piece[at] = (at * 31) ^ (at >> 8);

/**
 * Sends a body, or fetches one and discards it. Returns bytes per second.
 *
 * @param agent keeps connections open; without one, each request has its own
 */
export async function exchange(
  url: string,
  body: { readonly method: 'GET' | 'PUT'; readonly sizeBytes: number },
  agent?: Agent,
): Promise<number> {
  const { method, sizeBytes } = body;
  const started = performance.now();
  const headers = method === 'PUT' ? { 'content-length': String(sizeBytes) } : {};
  const request = httpRequest(url, { method, headers, agent: agent ?? false });
  const answered = once(request, 'response');
  const toSend = method === 'PUT' ? sizeBytes : 0;
  for (let sent = 0; sent < toSend; sent += piece.length) {
    if (!request.write(piece.subarray(0, toSend - sent))) await once(request, 'drain');
  }
  request.end();
  const [response] = await answered;
  if (response.statusCode !== 200) throw new Error(`${method} was answered with ${response.statusCode}.`);
  let receivedBytes = 0;
  response.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
  });
  await once(response, 'end');
  if (method === 'GET' && receivedBytes !== sizeBytes) throw new Error(`Only ${receivedBytes} bytes came.`);
  return sizeBytes / ((performance.now() - started) / 1000);
}
