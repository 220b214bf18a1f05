import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A scripted answer of the store; `silence` never answers, `hang-up` ends the connection. */
export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'silence'
  | 'hang-up';

export interface ScriptedStore extends AsyncDisposable {
  readonly endpoint: string;
  /** `PUT /bucket?cors`, in order. */
  readonly requests: string[];
  /** The bodies of those requests. */
  readonly bodies: string[];
}

/** An answer that says no, as S3 writes it. */
export function refusal(status: number, code: string): ScriptedAnswer {
  return { status, body: errorBody(code), headers: { 'content-type': 'application/xml' } };
}

export function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Because of ${code}.</Message></Error>`;
}

/**
 * An S3 that answers whatever a test wants, for what a real one cannot be made to do at will. `script` gives the
 * answers to each kind of request, `METHOD /path?sub-resource`, in turn; the last one goes on for ever.
 */
export async function startScriptedStore(
  script: Readonly<Record<string, readonly ScriptedAnswer[]>>,
): Promise<ScriptedStore> {
  const requests: string[] = [];
  const bodies: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://store');
    const path = url.pathname.replace(/\/$/, '');
    const kind = `${request.method} ${path}${subResource(url)}`;
    const earlier = requests.filter((each) => each === kind).length;
    requests.push(kind);
    bodies.push(await text(request));
    const answers = script[kind] ?? [refusal(400, `NotScripted-${kind}`)];
    const next = answers[Math.min(earlier, answers.length - 1)];
    if (next === 'silence') return;
    if (next === undefined || next === 'hang-up') return request.socket.destroy();
    response.writeHead(next.status, next.headers);
    response.end(next.body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The store has no port.');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    bodies,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** `?cors`, `?uploadId`, `?list-type`; what stands in the query besides is of no interest. */
function subResource(url: URL): string {
  const name = ['cors', 'uploadId', 'uploads', 'list-type'].find((each) => url.searchParams.has(each));
  return name === undefined ? '' : `?${name}`;
}
