import { type ClientRequest, request as requestHttp } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';

type Connected = (error: Error | null, socket?: Duplex | null) => void;

/** Keeps TLS connections through a proxy (CONNECT, RFC 9110 section 9.3.6): the proxy sees host names only. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super({ keepAlive: true });
    this.#proxy = proxy;
  }

  override createConnection(options: ConnectionOptions, connected: Connected): undefined {
    const { host = '', port = 443 } = options;
    const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const headers = { Host: path, ...proxyAuthorization(this.#proxy) };
    requestToProxy(this.#proxy, { method: 'CONNECT', path, headers, agent: false })
      .once('connect', (response, socket) => {
        if (response.statusCode === 200) return connected(null, connect({ ...options, socket }));
        socket.destroy();
        connected(new Error(`the proxy refuses to connect to ${path} (${response.statusCode})`));
      })
      .once('error', (error: Error) => connected(new Error(`the proxy: ${error.message}`, { cause: error })))
      .end();
  }
}

/** Opens a request to the proxy itself. */
export function requestToProxy(
  proxy: URL,
  options: Omit<import('node:https').RequestOptions, 'host' | 'port'>,
): ClientRequest {
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp;
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  return request({ ...options, host, port: proxy.port || undefined });
}

/** Basic credentials of the proxy's URL (RFC 7617). */
export function proxyAuthorization({ username, password }: URL): { 'Proxy-Authorization'?: string } {
  if (!username) return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
