import type { ServerResponse } from 'node:http';

export interface TextAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers with a text that no cache keeps. */
export function sendText(response: ServerResponse, { status, type, body }: TextAnswer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
