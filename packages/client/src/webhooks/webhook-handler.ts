import type { StoredFile } from '../wire.ts';
import { verifyWebhook, type WebhookEvent, WebhookRefusal, type WebhookRequest } from './verify-webhook.ts';

/** Secret and callbacks; an error of a callback answers 500, and the event is delivered again. */
export interface WebhookHandlerOptions {
  /** `whsec_…`; while it is rotated, the old and the new one. */
  readonly secret: string | readonly string[];
  /** Called for `file.created`: the bytes are stored and the file is registered. */
  readonly onUploadComplete?: (file: StoredFile, event: WebhookEvent) => unknown;
  /** Called for every event, after `onUploadComplete`. */
  readonly onEvent?: (event: WebhookEvent) => unknown;
}

/** The two ways to receive webhooks: of the Fetch API, and of Node's `http`. */
export interface WebhookHandler {
  /** For Next.js, Hono, Bun, Deno, Cloudflare Workers: `export const POST = handler.fetch`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** For Express and Node's `http`: `app.post('/webhooks', handler.node)`, before `express.json()`. */
  readonly node: (request: WebhookRequest, response: NodeResponse) => Promise<void>;
}

interface NodeResponse {
  statusCode: number;
  end(text?: string): unknown;
}

/**
 * Receives webhooks: verifies each request, calls back, and answers 204; 401 for a request that is no webhook's.
 * Events come at least once, and those of one file in order: callbacks should not mind the same event twice.
 * @example
 * const handler = webhookHandler({
 *   secret: process.env.WEBHOOK_SECRET,
 *   onUploadComplete: (file) => posts.attach(file.id, file.ownerId),
 * });
 * app.post('/webhooks', handler.node);
 */
export function webhookHandler(options: WebhookHandlerOptions): WebhookHandler {
  const answer = async (request: WebhookRequest): Promise<{ status: number; text?: string }> => {
    let event: WebhookEvent;
    try {
      event = await verifyWebhook(request, options.secret);
    } catch (error) {
      if (error instanceof WebhookRefusal) return { status: error.status, text: error.message };
      console.error(error);
      return { status: 500, text: 'The webhook could not be read.' };
    }
    try {
      if (event.type === 'file.created' && event.data.file) {
        await options.onUploadComplete?.(event.data.file, event);
      }
      await options.onEvent?.(event);
      return { status: 204 };
    } catch (error) {
      console.error(error);
      return { status: 500, text: 'The event could not be handled.' };
    }
  };
  return {
    fetch: async (request) => {
      const { status, text } = await answer(request);
      return new Response(text ?? null, { status });
    },
    node: async (request, response) => {
      const { status, text } = await answer(request);
      response.statusCode = status;
      response.end(text);
    },
  };
}
