import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { McpMethods } from '../mcp-methods.ts';

/** Address and credentials of the service that answers. */
export interface ServiceLogin {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken?: string;
}

/** Longest wait for an answer of the service, in milliseconds. */
const answerWithinMs = 60_000;

/**
 * Answers every request with what `POST /mcp` of the service answers to it, so that both transports have one implementation, that
 * of the service, and its access rules alone.
 */
export function forwardTo(login: ServiceLogin): McpMethods {
  const forward = (method: keyof McpMethods, params: object = {}) => sendMessage(login, { method, params });
  return {
    'tools/list': () => forward('tools/list'),
    'tools/call': (params) => forward('tools/call', withoutMeta(params)),
    'resources/list': (params) => forward('resources/list', withoutMeta(params)),
    'resources/templates/list': () => forward('resources/templates/list'),
    'resources/read': (params) => forward('resources/read', withoutMeta(params)),
  };
}

/** `_meta` belongs to the connection of the client: its protocol revision, its progress token. */
function withoutMeta(params: object): object {
  const { _meta, ...rest } = params as { readonly _meta?: unknown };
  return rest;
}

async function sendMessage(
  { url, apiKey, accessToken }: ServiceLogin,
  message: { readonly method: string; readonly params: object },
): Promise<object> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/mcp`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'X-API-Key': apiKey,
      ...(accessToken !== undefined && { Authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch((cause: unknown) => {
    throw failure('common/unavailable', `The service at ${url} does not answer: ${reasonOf(cause)}.`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  return resultOf(answer) ?? throwRefusal(url, response.status, answer);
}

function resultOf(answer: unknown): object | undefined {
  const { result } = (answer ?? {}) as { readonly result?: object };
  return result;
}

/** The body is an error of the protocol, one of the API (of key, token or rate limit), or something else's. */
function throwRefusal(url: string, status: number, answer: unknown): never {
  const { error } = (answer ?? {}) as {
    readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown };
  };
  const message = typeof error?.message === 'string' ? error.message : undefined;
  if (message !== undefined && typeof error?.code === 'number') {
    throw new ProtocolError(error.code, message, error.data);
  }
  if (status === 404) {
    throw failure(
      'common/not-found',
      `The service at ${url} has no MCP: its version is older than this command.`,
    );
  }
  if (message !== undefined && typeof error?.code === 'string') throw failure(error.code, message);
  throw failure('common/unavailable', `${url} answered ${status}, and not as bkend storage does.`);
}

function failure(code: string, message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InternalError, `${code}: ${message}`, { code });
}

function reasonOf(cause: unknown): string {
  const { cause: inner, message } = (cause ?? {}) as { readonly cause?: unknown; readonly message?: string };
  const { code } = (inner ?? {}) as { readonly code?: string };
  return code ?? message ?? 'no connection';
}
