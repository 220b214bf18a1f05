import { Readable } from 'node:stream';
import { openRequest } from './http-exchange.ts';

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** As much of `fetch` as downloads need, through the proxy that the environment names; bytes come as they are stored. */
export function fetchOverHttp(url: string, options: FetchOptions = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body, signal } = options;
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = openRequest(url, {
      method,
      headers: { ...headers, ...length },
      ...(signal && { signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode: status = 0, headersDistinct } = response;
      const answered = new Headers();
      for (const [name, values = []] of Object.entries(headersDistinct))
        for (const value of values) answered.append(name, value);
      // Fetch Standard, "null body status".
      const isEmpty = status === 204 || status === 205 || status === 304;
      // Node's streams and the web's differ in type only.
      const stream = isEmpty ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array<ArrayBuffer>>);
      resolve(new Response(stream, { status, headers: answered }));
    });
    request.end(body);
  });
}
