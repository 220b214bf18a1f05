import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type { McpMethods } from './mcp-methods.ts';
import { notice } from './untrusted-data.ts';

const instructions = `Files of an app that are stored in bkend storage. Tools act with the rights of the key and token of this connection and no others. ${notice}`;

/** Creates the server of one connection or, over HTTP, of one request. @param version of bkend storage */
export function createServer(methods: McpMethods, version: string): Server {
  const server = new Server(
    { name: 'bkend-storage', title: 'bkend storage', version },
    { capabilities: { tools: {}, resources: {} }, instructions },
  );
  server.setRequestHandler('tools/list', () => answer(methods['tools/list']()));
  server.setRequestHandler('tools/call', ({ params }) => answer(methods['tools/call'](params)));
  server.setRequestHandler('resources/list', ({ params }) => answer(methods['resources/list'](params ?? {})));
  server.setRequestHandler('resources/templates/list', () => answer(methods['resources/templates/list']()));
  server.setRequestHandler('resources/read', ({ params }) => answer(methods['resources/read'](params)));
  return server;
}

/**
 * The answer for the SDK, which holds it against the protocol's schema; a failure becomes an error of the protocol, with the
 * API's code in its data.
 */
async function answer<Result>(promise: Promise<object>): Promise<Result> {
  try {
    return (await promise) as Result;
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'common/internal-error';
    const isOurs = /^[a-z]+\/[a-z-]+$/.test(code);
    if (!isOurs || !(error instanceof Error))
      throw new ProtocolError(ProtocolErrorCode.InternalError, 'Something went wrong on our side.');
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, error.message, { code });
  }
}
