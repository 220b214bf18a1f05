import { attempt } from './attempt.ts';
import type { Gate } from './gate.ts';
import { type RetryPolicy, retry } from './retry.ts';
import { type Phase, readRetryAfter, StorageError } from './storage-error.ts';
import type { Refusal } from './wire.ts';

/**
 * The access token, or where to get it: asked before every request, so return the one at hand. After the API refused a
 * token it is asked once more, with that token, and should then return a fresh one.
 */
export type AccessToken = string | ((refused?: string) => string | undefined | Promise<string | undefined>);

export interface ApiOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly accessToken?: AccessToken | undefined;
  readonly fetch: typeof fetch;
  readonly policy: RetryPolicy;
  readonly stallSeconds: number;
  readonly whenOnline?: ((signal?: AbortSignal) => Promise<void> | undefined) | undefined;
}

export interface Call {
  /** Default: POST with a body, GET without. */
  readonly method?: 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object;
  readonly phase?: Phase | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly gate?: Gate | undefined;
  /** For calls that storage takes its time to answer. */
  readonly stallSeconds?: number;
  readonly tries?: number;
  readonly onRetry?: (error: StorageError) => void;
}

/** Makes a call of the REST API, as often as it takes. */
export type Api = <T>(call: Call) => Promise<T>;

export function createApi(options: ApiOptions): Api {
  const authorised = authorise(options);
  return <T>(call: Call) => {
    const policy = { ...options.policy, ...(call.tries && { tries: call.tries }) };
    const limits = { signals: [call.signal], stallSeconds: call.stallSeconds ?? options.stallSeconds };
    const ask = () =>
      attempt(limits, (signal) => authorised((token) => send<T>(options, call, { token, signal })));
    return retry(ask, { ...call, phase: call.phase ?? 'requesting', policy, whenOnline: options.whenOnline });
  };
}

type Send = <T>(request: (token: string | undefined) => Promise<T>) => Promise<T>;

/** Sends with the caller's token; when that is refused, once more with a fresh one, if there is one. */
function authorise({ accessToken }: ApiOptions): Send {
  let renewal: { refused: string; fresh: Promise<string | undefined> } | undefined;
  const read = async (refused?: string) => {
    if (typeof accessToken !== 'function') return accessToken;
    try {
      return await accessToken(refused);
    } catch (cause) {
      throw new StorageError('client/token-unavailable', 'accessToken failed.', { cause });
    }
  };
  return async (request) => {
    const token = await read();
    try {
      return await request(token);
    } catch (error) {
      if (!token || !isUnauthorised(error)) throw error;
      // Calls that were refused with the same token share the one that takes its place.
      if (renewal?.refused !== token) renewal = { refused: token, fresh: read(token) };
      try {
        const fresh = await renewal.fresh;
        if (!fresh || fresh === token) throw error;
        return await request(fresh);
      } catch (failure) {
        renewal = undefined;
        throw failure;
      }
    }
  };
}

function isUnauthorised(error: unknown): boolean {
  return error instanceof StorageError && error.status === 401;
}

async function send<T>(
  { url, apiKey, fetch }: ApiOptions,
  { method, path, query, body }: Call,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<T> {
  const answer = await fetch(`${url}/v1${path}${queryString(query)}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    signal,
    headers: {
      'X-API-Key': apiKey,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = parseJson(text);
  // The contract promises T under this path; what is not even an object is not our API's.
  if (answer.ok && isObject(json) && json.success !== false) return json as T;
  throw refusal(answer, json);
}

function refusal(answer: Response, json: unknown): StorageError {
  const facts = {
    status: answer.status,
    requestId: answer.headers.get('X-Request-Id') ?? undefined,
    retryAfterSeconds: readRetryAfter(answer.headers.get('Retry-After')),
  };
  if (isRefusal(json)) {
    const { code, message, details } = json.error;
    return new StorageError(code, message, { ...facts, requestId: json.requestId, details: details ?? {} });
  }
  return new StorageError(
    'client/unreadable-answer',
    `The answer (${answer.status}) is not the storage API's: is \`url\` right, and no proxy in between?`,
    // A 404 from something else will be the same next time; a 200 or a 502 was cut short or is passing.
    {
      ...facts,
      retryable: answer.ok || answer.status >= 500 || answer.status === 429 || answer.status === 408,
    },
  );
}

function queryString(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]) => [name, `${value}`]))}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null;
}

function isRefusal(json: unknown): json is Refusal {
  return isObject(json) && isObject(json.error) && typeof json.error.code === 'string';
}
