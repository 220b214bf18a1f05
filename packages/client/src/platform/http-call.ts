import type { FetchRequest } from '../platform.ts';
import { openRequest, readAnswer } from './http-exchange.ts';

/** `node:http` rather than fetch: in Node 20 a small call costs a third of what it costs with fetch. */
export function callOverHttp(
  url: string,
  { method, headers, body, signal }: FetchRequest,
): Promise<Response> {
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const request = openRequest(url, { method, headers: { ...headers, ...length }, signal });
  request.end(body);
  return readAnswer(request);
}
