import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AttemptResult, WebhookSender } from '../events/webhooks/webhook-ports.ts';
import { hostOf, isPublicAddress, refusalOfUrl } from './public-address.ts';

const keptAnswerBytes = 1_024;

/** Resolves a host name to all of its addresses, with the parameters of `dns.lookup` with `all`. */
type Resolve = (
  host: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface WebhookSenderOptions {
  /** Whether addresses that are not public are connected to (`BKEND_WEBHOOK_ALLOW_PRIVATE`). */
  readonly mayBePrivate: boolean;
  /** Time for an attempt, from resolving to the status, in milliseconds. */
  readonly timeoutMs: number;
  readonly resolve?: Resolve;
}

/**
 * Sends webhooks. Connects only to addresses that were checked after resolving: the address of a connection is the one that was
 * checked, so that a name which resolves to another one meanwhile reaches nothing. Redirects are not followed, and no proxy is used.
 */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender & Disposable {
  const { mayBePrivate, timeoutMs, resolve = resolveByQueries() } = options;
  const checked = mayBePrivate ? undefined : lookupPublic(resolve);
  const agentOptions = { keepAlive: true, maxFreeSockets: 8, timeout: 60_000 };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };

  async function send(url: URL, { headers, body, signal }: Parameters<WebhookSender['send']>[1]) {
    const isSecure = url.protocol === 'https:';
    const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
    const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: isSecure ? agents.https : agents.http,
      headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      signal: deadline,
      ...(checked && { lookup: checked }),
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).on('error', reject).end(body);
      // The last event of every request; without an answer before it where the receiver switches the protocol.
      outgoing.once('close', () => reject(new Error('The connection ended without an answer.')));
    });
    return { status: response.statusCode ?? 0, answer: await firstBytes(response) };
  }

  return {
    refusalOf: async (text) => {
      const refusal = refusalOfUrl(text, mayBePrivate);
      if (refusal !== undefined || mayBePrivate) return refusal;
      const host = hostOf(new URL(text));
      if (isIP(host)) return undefined;
      const addresses = await new Promise<LookupAddress[]>((done) => {
        setTimeout(done, 5_000, []).unref();
        resolve(host, { all: true }, (error, found) => done(error ? [] : found));
      });
      // A name that does not resolve yet may do so when there is something to send.
      const isRefused = addresses.some(({ address }) => !isPublicAddress(address));
      return isRefused ? `${host} resolves to an address that is not public.` : undefined;
    },

    send: async (text, delivery): Promise<AttemptResult> => {
      const startedAt = performance.now();
      const elapsed = () => Math.round(performance.now() - startedAt);
      const refusal = refusalOfUrl(text, mayBePrivate);
      if (refusal !== undefined) return { error: refusal, durationMs: 0 };
      try {
        return { ...(await send(new URL(text), delivery)), durationMs: elapsed() };
      } catch (error) {
        return { error: describe(error, timeoutMs), durationMs: elapsed() };
      }
    },

    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/**
 * Resolves by queries to the name servers of the system. `dns.lookup` occupies one of the four threads that files and all other
 * lookups of the process need, for as long as a name server is silent.
 */
function resolveByQueries(): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return async (host, _options, done) => {
    const queries = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = queries.flatMap((query, index) =>
      query.status === 'fulfilled'
        ? query.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
        : [],
    );
    const [first] = queries;
    done(addresses.length === 0 && first.status === 'rejected' ? first.reason : null, addresses);
  };
}

/** A lookup for `net.connect` that fails when any of the addresses is not public. */
function lookupPublic(resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, { all: true }, (error, addresses) => {
      const refused = addresses?.some(({ address }) => !isPublicAddress(address)) ?? false;
      const [first] = addresses ?? [];
      if (error || first === undefined) done(error ?? new Error(`${host} has no address.`), []);
      else if (refused) done(new Error(`${host} resolves to an address that is not public.`), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

/** The first bytes of an answer as text. The rest is not read: its connection ends. */
async function firstBytes(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= keptAnswerBytes) break;
    }
  } catch {
    // The status is known; the answer breaks off here.
  }
  return Buffer.concat(chunks).subarray(0, keptAnswerBytes).toString().replaceAll('\0', '\ufffd');
}

function describe(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `No answer within ${timeoutMs / 1_000} s.`;
  }
  const code = 'code' in error ? String(error.code) : '';
  return (error.message || code || error.name).replaceAll('\0', '').slice(0, 500);
}
