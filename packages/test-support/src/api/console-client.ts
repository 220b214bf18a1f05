import { operate } from '../process/operate.ts';
import type { ServiceAddresses } from '../service/start-service.ts';

/** An answer of the console's host. */
interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** A page of the console, as a browser sends its requests. */
export interface ConsoleClient {
  /** Headers of every request; a test replaces some, or leaves them out by `undefined`. */
  send(
    method: string,
    path: string,
    request?: { readonly json?: unknown; readonly headers?: Readonly<Record<string, string | undefined>> },
  ): Promise<ConsoleAnswer>;
  /** The cookie that the host has set, and nothing else of it. */
  readonly cookie: string;
}

export const operatorPassword = 'correct horse battery staple';

/** @param cookie of a session; none where absent */
export function createConsoleClient(consoleUrl: string, cookie = ''): ConsoleClient {
  let kept = cookie;
  return {
    get cookie() {
      return kept;
    },
    async send(method, path, { json, headers = {} } = {}) {
      const all = {
        'X-Console': '1',
        Origin: consoleUrl,
        'Sec-Fetch-Site': 'same-origin',
        ...(kept !== '' && { Cookie: kept }),
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      };
      const given = Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined);
      const response = await fetch(consoleUrl + path, {
        method,
        redirect: 'manual',
        headers: given,
        ...(json !== undefined && { body: JSON.stringify(json) }),
      });
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) kept = set.split(';')[0] ?? '';
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        json: text.startsWith('{') ? JSON.parse(text) : text,
      };
    },
  };
}

/** Prints a one-time link. @returns its code */
export async function inviteOperator(
  { env }: ServiceAddresses,
  ...words: readonly string[]
): Promise<string> {
  const { url } = await operate<{ url: string }>(['console', 'invite', ...words], env);
  return url.slice(url.indexOf('=') + 1);
}

/** Makes an operator, signed in. */
export async function createOperator(
  service: ServiceAddresses,
  name: string,
  ...words: readonly string[]
): Promise<ConsoleClient> {
  const client = createConsoleClient(service.consoleUrl);
  const code = await inviteOperator(service, ...words);
  const { status, json } = await client.send('POST', '/api/setup', {
    json: { code, name, password: operatorPassword },
  });
  if (status !== 200) throw new Error(`The operator ${name} was not made: ${JSON.stringify(json)}`);
  return client;
}
