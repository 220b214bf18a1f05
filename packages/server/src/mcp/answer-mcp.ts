import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { createServer } from './create-server.ts';
import { createMcpMethods } from './mcp-methods.ts';
import type { RestApi } from './rest-api.ts';

/** A message of the Model Context Protocol that came by HTTP. */
export interface McpExchange {
  readonly request: Request;
  /** The body of the request: one message. */
  readonly message: object;
  readonly api: RestApi;
  /** The version of bkend storage. */
  readonly version: string;
}

/**
 * Answers one message of the Streamable HTTP transport, of the revision of 2026-07-28 and of those before. Nothing is kept between
 * two messages, and every answer is JSON that ends: a stream of events, which would hold a connection, is not offered.
 */
export async function answerMcp({ request, message, api, version }: McpExchange): Promise<Response> {
  const methods = createMcpMethods(api);
  if (await isLegacyRequest(request, message)) {
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    const server = createServer(methods, version);
    await server.connect(transport);
    return transport.handleRequest(request, { parsedBody: message });
  }
  if ('method' in message && message.method === 'subscriptions/listen') return refuseSubscription(message);
  const handler = createMcpHandler(() => createServer(methods, version), { responseMode: 'json' });
  return handler.fetch(request, { parsedBody: message });
}

function refuseSubscription(message: object): Response {
  const id = 'id' in message ? message.id : null;
  const error = { code: -32_601, message: 'Method not found: this server has no subscriptions.' };
  return Response.json({ jsonrpc: '2.0', id, error });
}
