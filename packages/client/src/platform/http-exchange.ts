import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { proxyOf } from './proxy-of.ts';
import { proxyAuthorization, requestOf, TunnelAgent } from './tunnel-agent.ts';

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
/** By the address of the proxy. */
const tunnels = new Map<string, TunnelAgent>();

export interface RequestHead {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

/** Begins a request, over a connection that was kept where there is one, and through the proxy that the environment names. */
export function openRequest(url: string, head: RequestHead): ClientRequest {
  const target = new URL(url);
  const proxy = findProxy(target);
  if (target.protocol === 'https:') {
    return requestHttps(url, { ...head, agent: proxy ? tunnelThrough(proxy) : agents.https });
  }
  if (!proxy) return requestHttp(url, { ...head, agent: agents.http });
  // The absolute form (RFC 9112 section 3.2.2).
  const path = `${target.origin}${target.pathname}${target.search}`;
  const headers = { Host: target.host, ...head.headers, ...proxyAuthorization(proxy) };
  const agent = proxy.protocol === 'https:' ? agents.https : agents.http;
  return requestOf(proxy, { ...head, path, headers, agent });
}

export function hasProxy(url: string): boolean {
  return findProxy(new URL(url)) !== undefined;
}

function findProxy(url: URL): URL | undefined {
  // biome-ignore lint/style/noProcessEnv: where operators name their proxies
  return proxyOf(url, process.env);
}

function tunnelThrough(proxy: URL): TunnelAgent {
  const agent = tunnels.get(proxy.href) ?? new TunnelAgent(proxy);
  tunnels.set(proxy.href, agent);
  return agent;
}

/** The whole of an answer that is short. */
export function readAnswer(request: ClientRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (!request.writableFinished) request.destroy();
        // `headersDistinct` is what Headers takes, name by name.
        const headers = new Headers();
        for (const [name, values = []] of Object.entries(response.headersDistinct))
          for (const value of values) headers.append(name, value);
        const text = Buffer.concat(chunks).toString();
        resolve(new Response(text || null, { status: response.statusCode ?? 0, headers }));
      });
    });
  });
}
