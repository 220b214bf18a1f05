import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

/** The keys of an issuer as they were at one time. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  /** Names the keys: another one when other keys are published. */
  readonly version: string;
}

/** A token's key is looked up in keys that are at most this old, as long as the issuer answers. */
const refreshMs = 4_000;
/** Keys are used for this long while the issuer does not answer. */
const maxStaleMs = 10 * 60_000;
/** A request waits this long for keys that are being refreshed, and then takes those of before. */
const patienceMs = 1_000;
/** Between two fetches for tokens whose key is unknown. */
const cooldownMs = 1_000;
const timeoutMs = 5_000;
/** The URL is one that an admin has set: a JWKS of hundreds of keys fits, and an answer without end must not fill the memory. */
const maxBytes = 1024 * 1024;

/**
 * A JWKS (RFC 7517) at a URL. It is fetched when a token needs it and the last fetch began 4 s ago, so that a key that its
 * issuer withdraws verifies no token 5 s later; never concurrently.
 */
export class PublishedKeys {
  readonly #url: string;
  #keys: KeySet | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<KeySet> | undefined;
  /** Settles when the running fetch ends, or after {@link patienceMs}. */
  #refreshed: Promise<unknown> | undefined;

  /** @param url http or https */
  constructor(url: string) {
    this.#url = url;
  }

  /** @throws when the issuer has not answered for 10 minutes, or never */
  async read(): Promise<KeySet> {
    const now = Date.now();
    if (this.#keys === undefined || now - this.#fetchedAt >= maxStaleMs) return this.#fetch();
    if (now - this.#beganAt >= refreshMs) {
      const fetching = this.#fetch().catch(() => {});
      this.#refreshed = Promise.race([fetching, pause(patienceMs)]);
    }
    await this.#refreshed;
    return this.#keys;
  }

  /**
   * Fetches for a token whose key is in none of the keys that were read.
   * @returns undefined when the keys were fetched within the last second
   * @throws when the issuer does not answer
   */
  async readForUnknownKey(): Promise<KeySet | undefined> {
    return Date.now() - this.#fetchedAt < cooldownMs ? undefined : this.#fetch();
  }

  #fetch(): Promise<KeySet> {
    this.#fetching ??= this.#replaceKeys().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #replaceKeys(): Promise<KeySet> {
    this.#beganAt = Date.now();
    const text = await fetchText(this.#url);
    const version = createHash('sha256').update(text).digest('base64url');
    // The same keys stay, since each imports what it verifies with once.
    if (version !== this.#keys?.version) this.#keys = { find: createLocalJWKSet(JSON.parse(text)), version };
    this.#fetchedAt = Date.now();
    return this.#keys;
  }
}

async function fetchText(url: string): Promise<string> {
  const { body, status } = await fetch(url, {
    headers: { Accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status !== 200) {
    await body?.cancel();
    throw new Error(`The JWKS was answered with ${status}.`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by an error cancels the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`The JWKS is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
