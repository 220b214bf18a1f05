import type { ReceivedRequest } from '../src/index.ts';

/** What Node's HTTP server would hand over for a request to `url`; `host` first unless among `headers`. */
export function receivedRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): ReceivedRequest {
  const [, host = '', rawUrl = ''] = /^https?:\/\/([^/]+)(\/.*)$/s.exec(url) ?? [];
  return { method, rawUrl, rawHeaders: Object.entries({ host, ...headers }).flat() };
}
