import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Put } from '../platform.ts';
import { type Body, bodySize } from '../source.ts';

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
const chunkBytes = 256 * 1024;

/** `node:http` rather than fetch: it tells when bytes have left, and announces the length of what it streams. */
export async function putOverHttp({ url, headers, body, signal, onSent }: Put): Promise<Response> {
  const isSecure = url.startsWith('https:');
  const request = (isSecure ? requestHttps : requestHttp)(url, {
    method: 'PUT',
    agent: isSecure ? agents.https : agents.http,
    headers: { ...headers, 'Content-Length': bodySize(body) },
    signal,
  });
  // Cut short when a refusal comes before all is sent; what went wrong, the request itself tells.
  pipeline(counted(body, onSent), request).catch((error: Error) => request.destroy(error));
  return readAnswer(request);
}

function readAnswer(request: ClientRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (!request.writableFinished) request.destroy();
        // Answers to a PUT are short; `headersDistinct` is what Headers takes, name by name.
        const headers = new Headers();
        for (const [name, values = []] of Object.entries(response.headersDistinct))
          for (const value of values) headers.append(name, value);
        const text = Buffer.concat(chunks).toString();
        resolve(new Response(text || null, { status: response.statusCode ?? 0, headers }));
      });
    });
  });
}

/** A chunk is asked for when the one before has left: it is larger than what the request would hold back. */
async function* counted(body: Body, onSent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let sentBytes = 0;
  for await (const chunk of body instanceof Uint8Array ? slices(body) : body.stream()) {
    yield chunk;
    sentBytes += chunk.length;
    onSent(sentBytes);
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes)
    yield bytes.subarray(start, start + chunkBytes);
}
