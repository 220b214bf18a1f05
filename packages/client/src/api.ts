import { type Alive, attempt } from './attempt.ts';
import type { Gate } from './gate.ts';
import type { Fetch, Platform } from './platform.ts';
import { type RetryPolicy, retry } from './retry.ts';
import { factsOf, overNetwork, type Phase, StorageError } from './storage-error.ts';
import { createWait } from './wait.ts';
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
  /** Default: the global one, as it is at the time. */
  readonly fetch: typeof fetch | undefined;
  readonly policy: RetryPolicy;
  readonly stallSeconds: number;
  readonly platform: Platform;
}

export interface Call {
  /** Default: POST with a body, GET without. */
  readonly method?: 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object;
  /** Default `requesting`. */
  readonly phase?: Phase;
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
    const request = { phase: 'requesting', ...options, ...call } as const;
    const work = (signal: AbortSignal, alive: Alive) =>
      authorised((token) => send<T>(request, token, signal), alive);
    return retry(() => attempt(work, request.stallSeconds, call.signal), request);
  };
}

type Send = <T>(request: (token: string | undefined) => Promise<T>, alive: Alive) => Promise<T>;

/** Sends with the caller's token; when that is refused, once more with a fresh one, if there is one. */
function authorise({ accessToken, stallSeconds }: ApiOptions): Send {
  const wait = createWait('accessToken', { stallSeconds });
  let renewal: { refused: string; fresh: Promise<string | undefined> } | undefined;
  const ask = async (refused?: string) => {
    if (typeof accessToken !== 'function') return accessToken;
    try {
      return await wait(accessToken(refused));
    } catch (cause) {
      if ((cause as StorageError)?.details?.waitingFor) throw cause;
      throw new StorageError('client/token-unavailable', 'accessToken failed.', { cause });
    }
  };
  const read = async (refused?: string) => {
    const token = await ask(refused);
    if (typeof (token ?? '') === 'string') return token;
    throw new StorageError(
      'client/invalid-input',
      'accessToken is a string, or a function that returns one.',
    );
  };
  return async (request, alive) => {
    // The network is not to blame while the caller is asked.
    alive(false);
    let token = await read();
    for (let hasAsked = false; ; ) {
      try {
        alive();
        return await request(token);
      } catch (error) {
        // What has no status is no answer.
        if (!token || hasAsked || (error as StorageError).status !== 401) throw error;
        // Calls that were refused with the same token share the one that takes its place.
        if (renewal?.refused !== token) {
          hasAsked = true;
          renewal = { refused: token, fresh: read(token) };
        }
        const { refused, fresh } = renewal;
        alive(false);
        token = await fresh.catch((failure: unknown) => {
          renewal = undefined;
          throw failure;
        });
        if (token && token !== refused) continue;
        renewal = undefined;
        throw error;
      }
    }
  };
}

async function send<T>(
  { url, apiKey, platform, fetch: callers, method, path, query, body }: ApiOptions & Call,
  token: string | undefined,
  signal: AbortSignal,
): Promise<T> {
  const ask: Fetch = callers ?? platform.call ?? fetch;
  // JSON leaves out what is undefined.
  const asked = query ? `?${new URLSearchParams(JSON.parse(JSON.stringify(query)))}` : '';
  // Asking for the token may have outlived the call.
  signal.throwIfAborted();
  const asking = ask(`${url}/v1${path}${asked}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    signal,
    headers: {
      'X-API-Key': apiKey,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await overNetwork(asking);
  const json = parse(await overNetwork(answer.text()));
  // The contract promises T under this path; what is not even an object is not our API's.
  if (answer.ok && json && json.success !== false) return json as T;
  throw refusal(answer, json);
}

function refusal(answer: Response, json: Partial<Refusal> | undefined): StorageError {
  const facts = factsOf(answer);
  if (json?.error?.code) {
    const { code, message, details = {} } = json.error;
    // A refusal may come under another status than its own.
    const { statusCode: status = facts.status, requestId } = json;
    return new StorageError(code, message, { ...facts, status, requestId, details });
  }
  return new StorageError(
    'client/unreadable-answer',
    `This answer (${facts.status}) is not the API's: is \`url\` right?`,
    // A 404 from something else will be the same next time; a 200 was cut short, or comes from a page to log in on.
    { ...facts, ...(answer.ok && { retryable: true }) },
  );
}

/** An object, or undefined. */
function parse(text: string): Partial<Refusal> | undefined {
  try {
    const json = JSON.parse(text);
    return Object(json) === json ? json : undefined;
  } catch {
    return undefined;
  }
}
