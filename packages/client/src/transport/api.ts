import { factsOf, overNetwork, type Phase, StorageError } from '../storage-error.ts';
import type { RetryPolicy } from '../transfer/back-off.ts';
import type { Gate } from '../transfer/gate.ts';
import type { Pool } from '../transfer/pool.ts';
import { retry } from '../transfer/retry.ts';
import { type Alive, createCallerWait, withStallTimeout } from '../transfer/with-stall-timeout.ts';
import type { Refusal } from '../wire.ts';
import type { Fetch, Journal, Platform } from './platform.ts';

/**
 * An access token (JWT), or a function that returns one; undefined stands for a guest. The function is called before every
 * request, so it should return a token that is at hand. After the API refused a token with 401 it is called once more, with
 * that token as `refused`, and should return a fresh one.
 */
export type AccessToken = string | ((refused?: string) => string | undefined | Promise<string | undefined>);

export interface ApiOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly accessToken?: AccessToken | undefined;
  /** Default: the global one at the time of the call. */
  readonly fetch: typeof fetch | undefined;
  readonly policy: RetryPolicy;
  readonly stallSeconds: number;
  readonly platform: Platform;
}

/** One call of the REST API. */
interface Call {
  /** Default: POST with a body, GET without. */
  readonly method?: 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `requesting`. */
  readonly phase?: Phase;
  readonly signal?: AbortSignal | undefined;
  readonly gate?: Gate | undefined;
  /** Longer than the connection's, for calls that the object store answers slowly. */
  readonly stallSeconds?: number;
  /** Default: the policy's. */
  readonly tries?: number;
  readonly onRetry?: (error: StorageError) => void;
  /** Resolves with the answer itself, whose body is yet to come, where it is an event stream. */
  readonly isStream?: true;
}

/** Makes a call, with retries. @throws the API's error codes and those of {@link ClientErrorCode} */
export type Api = <T>(call: Call) => Promise<T>;

export function createApi(options: ApiOptions): Api {
  const authorised = authorise(options);
  return <T>(call: Call) => {
    const request = { phase: 'requesting', ...options, ...call } as const;
    const work = (signal: AbortSignal, alive: Alive) =>
      authorised((token) => send<T>(request, token, signal), alive);
    return retry(() => withStallTimeout(work, request.stallSeconds, call.signal), request);
  };
}

type Send = <T>(request: (token: string | undefined) => Promise<T>, alive: Alive) => Promise<T>;

/** Sends with the caller's token. After a 401 it asks for a fresh token and sends once more. */
function authorise({ accessToken, stallSeconds }: ApiOptions): Send {
  const wait = createCallerWait('accessToken', { stallSeconds });
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
    throw new StorageError('client/invalid-input', 'accessToken is a string or a function.');
  };
  return async (request, alive) => {
    // The stall timeout is the network's; `wait` has its own for the caller.
    alive(false);
    let token = await read();
    for (let hasAsked = false; ; ) {
      try {
        alive();
        return await request(token);
      } catch (error) {
        // An error without a status is no answer.
        if (!token || hasAsked || (error as StorageError).status !== 401) throw error;
        // Calls that were refused with the same token share one renewal.
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
  { url, apiKey, platform, fetch: ownFetch, method, path, query, body, headers, isStream }: ApiOptions & Call,
  token: string | undefined,
  signal: AbortSignal,
): Promise<T> {
  const ask: Fetch = ownFetch ?? (isStream ? platform.fetch : platform.call) ?? fetch;
  // JSON leaves out undefined values.
  const search = query ? `?${new URLSearchParams(JSON.parse(JSON.stringify(query)))}` : '';
  // The call may have been aborted while the caller was asked for a token.
  signal.throwIfAborted();
  const asking = ask(`${url}/v1${path}${search}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    signal,
    headers: {
      ...headers,
      ...(apiKey && { 'X-API-Key': apiKey }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await overNetwork(asking);
  if (isStream && /^text\/event-stream/.test(answer.headers.get('Content-Type') ?? '')) return answer as T;
  const json = parse(await overNetwork(answer.text()));
  // The contract promises T under this path; an answer that is not even an object is not the API's.
  if (answer.ok && json && json.success !== false) return json as T;
  throw refusal(answer, json);
}

function refusal(answer: Response, json: Partial<Refusal> | undefined): StorageError {
  const facts = factsOf(answer);
  if (json?.error?.code) {
    const { code, message, details = {} } = json.error;
    // A proxy may have changed the status of the answer.
    const { statusCode: status = facts.status, requestId } = json;
    return new StorageError(code, message, { ...facts, status, requestId, details });
  }
  return new StorageError(
    'client/unreadable-answer',
    `This answer (${facts.status}) is not the API's: is \`url\` right?`,
    // A 404 from another server will be the same next time; a 200 was cut short, or is a log-in page.
    { ...facts, ...(answer.ok && { retryable: true }) },
  );
}

/** The JSON object; undefined for anything else. */
function parse(text: string): Partial<Refusal> | undefined {
  try {
    const json = JSON.parse(text);
    return Object(json) === json ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Options and resources that all calls of one `createStorage` share. */
export interface Connection extends ApiOptions {
  readonly api: Api;
  /** Slots for transfers. */
  readonly pool: Pool;
  /** Slots for multipart uploads of one batch. */
  readonly multiparts?: Pool;
  /** Undefined: no upload is resumed after a restart. */
  readonly journal: Journal | undefined;
  /** URL of the images host, where configured. */
  readonly imagesUrl: string | undefined;
}
