import { Readable } from 'node:stream';
import { headersOf, openRequest } from './http-exchange.ts';

/** The part of `RequestInit` that {@link fetchOverHttp} knows. */
export interface FetchOptions {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * The part of `fetch` that downloads need, through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names. It
 * follows no redirects and decodes no `Content-Encoding`: bytes arrive as they are stored.
 * @param url `http:` or `https:`
 * @returns the answer, whatever its status; its body is streamed
 * @throws `client/invalid-input` when the variable names no HTTP proxy; else the errors of `node:http`
 */
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
      const { statusCode: status = 0 } = response;
      // Fetch Standard, "null body status".
      const isEmpty = status === 204 || status === 205 || status === 304;
      // Node's streams and the web's differ in type only.
      const stream = isEmpty ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array<ArrayBuffer>>);
      resolve(new Response(stream, { status, headers: headersOf(response) }));
    });
    request.end(body);
  });
}
