import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { type Check, checkReadiness } from './readiness.ts';

export interface OperationsOptions {
  readonly checks: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  /** Told why a part is not ready; the answer only names the part. */
  readonly onFailure?: (part: string, error: unknown) => void;
}

/** Answers what is its own and says whether it was. */
export type OperationsHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Answers `GET` and `HEAD` of `/health/live` (200 as long as the process runs), `/health/ready` (200, or 503 naming the
 * failing parts) and `/metrics` (Prometheus text format). Leaves everything else to the role: it then returns false.
 */
export function createOperationsHandler(options: OperationsOptions): OperationsHandler {
  const { checks, registry, onFailure } = options;
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    '/health/live': async () => json(200, { status: 'live' }),
    '/health/ready': async () => {
      const { status, body } = await checkReadiness(checks, onFailure);
      return json(status, body);
    },
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const path = request.url?.split('?', 1)[0] ?? '';
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer === undefined) return false;
    answer().then(
      (ready) => send(request, response, ready),
      () => send(request, response, json(500, { status: 'failed' })),
    );
    return true;
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
