import type { StoredFile } from '../wire.ts';

/** An event as a webhook delivers it; `docs/webhooks.md` has the types. */
export interface WebhookEvent {
  /** Ascending; the same in every delivery of the event. 0 for `webhook.test`. */
  readonly id: number;
  /** `file.created`, `file.deleted`, … */
  readonly type: string;
  readonly createdAt: string;
  /** Project and environment, `shop/prod`. */
  readonly environment: string;
  readonly data: {
    /** The file after the change; the last one of a file that is deleted. */
    readonly file?: StoredFile;
    /** Fields of the file that have changed. */
    readonly changed?: readonly string[];
    /** Users who may read the file from now on, or may no longer. */
    readonly userIds?: readonly string[];
    readonly [name: string]: unknown;
  };
}

/**
 * A request of the Fetch API; or one of Node's `http` (Express, Fastify's `raw`, Next.js' pages): its body must not have been
 * parsed, unless `body` or `rawBody` holds its bytes, as `express.raw()` leaves them.
 */
export type WebhookRequest = Request | NodeRequest;

interface NodeRequest extends AsyncIterable<unknown> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/** Options of {@link verifyWebhook}. */
export interface VerifyWebhookOptions {
  /** Largest difference between the clocks, in seconds. Default: 300. */
  readonly toleranceSeconds?: number;
  /** The time now. Default: the system's. */
  readonly now?: Date;
}

/** A request that is no delivery of ours, or not a recent one: answer it with `status`. */
export class WebhookRefusal extends Error {
  override readonly name = 'WebhookRefusal';
  /** HTTP status: 401; 413 for a body over 1 MiB. */
  readonly status: number;

  constructor(message: string, status = 401) {
    super(message);
    this.status = status;
  }
}

const maxBodyBytes = 1024 * 1024;

/**
 * Checks that a request is a webhook's, by its signature and time (Standard Webhooks specification 1.0.0), and returns its event.
 * A delivery may come more than once: `webhook-id` is the same then.
 * @param secret `whsec_…`, as it was answered when the webhook was created; while it is rotated, the old or the new one, or both
 * @throws WebhookRefusal when it is not: answer with its `status`
 * @throws TypeError for an invalid secret, and for a body that was parsed before
 * @example
 * const event = await verifyWebhook(request, process.env.WEBHOOK_SECRET);
 * if (event.type === 'file.created') await index(event.data.file);
 */
export async function verifyWebhook(
  request: WebhookRequest,
  secret: string | readonly string[],
  { toleranceSeconds = 300, now = new Date() }: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const keys = [secret].flat().map(keyOf);
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(request, name),
  );
  if (!id || !timestamp || !signatures) throw new WebhookRefusal('The signature is missing.');
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now.getTime() / 1000 - seconds) <= toleranceSeconds)) {
    throw new WebhookRefusal('The time of the signature is not now.');
  }
  const body = await bodyOf(request);
  const signed = concatenate(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  const given = signatures
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => fromBase64(each.slice('v1,'.length)));
  for (const key of keys) {
    const imported = await crypto.subtle.importKey('raw', key, hmac, false, ['verify']);
    for (const signature of given) {
      if (signature && (await crypto.subtle.verify('HMAC', imported, signature, signed))) {
        return JSON.parse(new TextDecoder().decode(body));
      }
    }
  }
  throw new WebhookRefusal('The signature does not fit.');
}

const hmac = { name: 'HMAC', hash: 'SHA-256' } as const;

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = fromBase64(`${secret}`.replace(/^whsec_/, ''));
  if (key === undefined || key.length === 0)
    throw new TypeError('The secret of a webhook begins with whsec_.');
  return key;
}

function headerOf({ headers }: WebhookRequest, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  // Node joins several of one name with a comma, so that they fit nothing.
  const value = (headers as NodeRequest['headers'])[name];
  return typeof value === 'string' ? value : undefined;
}

async function bodyOf(request: WebhookRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (request.headers instanceof Headers) return collect((request as Request).body ?? []);
  const node = request as NodeRequest;
  for (const held of [node.rawBody, node.body]) {
    if (held instanceof Uint8Array) return new Uint8Array(held);
    if (typeof held === 'string') return new TextEncoder().encode(held);
    if (held !== undefined && held !== null) {
      throw new TypeError(
        'The body was parsed: take the webhook before express.json(), or use express.raw().',
      );
    }
  }
  return collect(node);
}

async function collect(
  chunks: AsyncIterable<unknown> | Iterable<unknown> | ReadableStream<unknown>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Readable streams iterate in every runtime that is a server.
  for await (const chunk of chunks as AsyncIterable<Uint8Array | string>) {
    const part = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    size += part.length;
    if (size > maxBodyBytes) throw new WebhookRefusal('The body is larger than any event.', 413);
    parts.push(part);
  }
  return concatenate(...parts);
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
