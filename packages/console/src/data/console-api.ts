import { StorageError } from '@bkend/storage';
import type {
  ConsoleEnvironments,
  SessionAnswer,
  SetupCheckAnswer,
  SetupRequest,
  SignInRequest,
} from '@bkend/storage-contract';

/** Shape of an error that the service answers. */
interface Refusal {
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: Record<string, unknown>;
  };
  readonly requestId?: string;
}

/** `fetch` for the console's own host: the session's cookie goes along, and the header that marks requests of our own pages. */
export const consoleFetch: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('X-Console', '1');
  return fetch(input, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
};

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await consoleFetch(`/api${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  }).catch((cause: unknown) => {
    throw new StorageError('client/network', 'The service does not answer.', { cause });
  });
  const json = (await answer.json().catch(() => ({}))) as T & Refusal;
  if (answer.ok) return json;
  const { code = 'client/unreadable-answer', message = '', details = {} } = json.error ?? {};
  throw new StorageError(code, message, { status: answer.status, details, requestId: json.requestId });
}

/** Calls of the console's own routes. */
export const consoleApi = {
  readSession: () => call<SessionAnswer>('GET', '/session'),
  signIn: (request: SignInRequest) => call<SessionAnswer>('POST', '/session', request),
  signOut: () => call<object>('DELETE', '/session'),
  checkSetup: (code: string) => call<SetupCheckAnswer>('POST', '/setup/check', { code }),
  setUp: (request: SetupRequest) => call<SessionAnswer>('POST', '/setup', request),
  listEnvironments: async () => (await call<ConsoleEnvironments>('GET', '/environments')).items,
};
