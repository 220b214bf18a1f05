import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createSigner } from '@bkend/sigv4';
import { credentials, type RunningStore, region } from '../../../store/test/running-store.ts';

const condition = /^x-amz-copy-source-if-/;
/** Input of the signature of a request without its conditions. */
const kept = /^(?:x-amz-(?!date|content-sha256)|content-type)/;

/**
 * A store that passes over the conditions of copies, as some do: the embedded one, behind a proxy that takes them out of
 * the requests and signs anew what is left.
 */
export async function startCarelessStore(
  store: RunningStore,
): Promise<{ readonly endpoint: string; readonly strippedConditions: () => number } & AsyncDisposable> {
  let stripped = 0;
  const { port: storePort } = new URL(store.endpoint);
  const forward = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const body = await buffer(incoming);
    let headers: Record<string, string | string[] | undefined> = { ...incoming.headers };
    if (Object.keys(headers).some((name) => condition.test(name))) {
      stripped += 1;
      headers = signAnew(incoming, body);
    }
    const outgoing = httpRequest({
      port: storePort,
      host: '127.0.0.1',
      method: incoming.method,
      path: incoming.url,
      headers: { ...headers, 'content-length': String(body.length) },
    });
    outgoing.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    outgoing.end(body);
  };
  const server = createServer((request, response) => void forward(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The store has no port.');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    strippedConditions: () => stripped,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function signAnew(incoming: IncomingMessage, body: Buffer): Record<string, string> {
  const url = new URL(incoming.url ?? '', `http://${incoming.headers.host}`);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (kept.test(name) && !condition.test(name) && typeof value === 'string') headers[name] = value;
  }
  const signed = createSigner({ credentials, region }).sign({
    method: incoming.method ?? 'GET',
    endpoint: url.origin,
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers,
    payloadHash: createHash('sha256').update(body).digest('hex'),
    at: new Date(),
  });
  return { ...signed, host: url.host };
}
