import type { ErrorBody } from '@bkend/storage-contract';
import { readDescription } from './openapi.ts';

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Body;
}

/** A refusal, as far as tests look at it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly headers: Headers;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A caller of the API. Every answer is held against the service's own description. */
export interface Client {
  readonly headers: Readonly<Record<string, string>>;
  send<Body>(method: Method, path: string, json?: unknown): Promise<Answer<Body>>;
  /** The body of an answer that must be a success. */
  ask<Body>(method: Method, path: string, json?: unknown): Promise<Body>;
  /** An answer that must be a refusal. */
  refusal(method: Method, path: string, json?: unknown): Promise<Refusal>;
}

export function createClient(apiUrl: string, headers: Readonly<Record<string, string>>): Client {
  async function send<Body>(method: Method, path: string, json?: unknown): Promise<Answer<Body>> {
    const checkAnswer = await readDescription(apiUrl);
    const response = await fetch(apiUrl + path, {
      method,
      // The published helper announces JSON on every request, also on those without a body.
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const answer = { status: response.status, headers: response.headers, json: await response.json() };
    checkAnswer({ method, path, ...answer });
    // Held against the description in the line before.
    return answer as Answer<Body>;
  }

  return {
    headers,
    send,
    async ask<Body>(method: Method, path: string, json?: unknown) {
      const answer = await send<Body>(method, path, json);
      if (answer.status >= 300) {
        throw new Error(`${method} ${path} → ${answer.status} ${JSON.stringify(answer.json)}`);
      }
      return answer.json;
    },
    async refusal(method, path, json) {
      const answer = await send<ErrorBody>(method, path, json);
      if (answer.status < 300) {
        throw new Error(`${method} ${path} was not refused: ${answer.status} ${JSON.stringify(answer.json)}`);
      }
      requireErrorShape(answer);
      return { status: answer.status, ...answer.json.error, headers: answer.headers };
    },
  };
}

/** Requires the one shape of errors (`docs/errors.md`), also of routes that the OpenAPI description does not have. */
export function requireErrorShape({ status, headers, json }: Answer<ErrorBody>): void {
  const isRight =
    json.success === false &&
    json.statusCode === status &&
    json.message === json.error.message &&
    /^[a-z]+\/[a-z0-9-]+$/.test(json.error.code) &&
    typeof json.error.details === 'object' &&
    json.requestId === headers.get('x-request-id');
  if (!isRight) throw new Error(`Not the shape of a refusal: ${status} ${JSON.stringify(json)}`);
}
