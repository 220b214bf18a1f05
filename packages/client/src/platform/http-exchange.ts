import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

export interface Head {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly signal: AbortSignal;
}

/** Begins a request, over a connection that was kept where there is one. */
export function openRequest(url: string, head: Head): ClientRequest {
  const isSecure = url.startsWith('https:');
  const agent = isSecure ? agents.https : agents.http;
  return (isSecure ? requestHttps : requestHttp)(url, { ...head, agent });
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
