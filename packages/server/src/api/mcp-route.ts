import type { RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { hasScope } from '../identity/caller.ts';
import { type Api, type ApiDeps, routeAccess } from './api.ts';

/** A message is an object; a list of messages, which older revisions of the protocol have, would be many requests for the price of one. */
const Message = Type.Object(
  {
    // Answers repeat the two.
    id: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Number(), Type.Null()])),
    method: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: true },
);

/** The longest arguments are the 1,000 users that a file is shared with, of 255 characters each. */
const maxMessageBytes = 320 * 1024;

/** Headers that decide who the caller is and where it is counted. */
const callerHeaders = ['x-api-key', 'authorization', 'x-forwarded-for'] as const;

/**
 * Answers `POST /mcp`, the Streamable HTTP transport of the Model Context Protocol. A tool sends its requests through the routes of
 * this same application, with the headers and from the address of the caller: it passes authentication, rate limit, validation and
 * access rules as any request does.
 * @param routes every route of the API, by `METHOD /v1/path`
 */
export function addMcpRoute(
  app: Api,
  {
    answerMcp,
    crossOrigin,
    publicUrl,
    routes,
  }: Pick<ApiDeps, 'answerMcp' | 'crossOrigin' | 'publicUrl'> & {
    readonly routes: ReadonlyMap<string, RouteOptions>;
  },
): void {
  app.post(
    '/mcp',
    { bodyLimit: maxMessageBytes, schema: { hide: true, body: Message } },
    async (request, reply) => {
      const { origin } = request.headers;
      const { corsOrigins } = await crossOrigin.findSettings(request.caller.tenant);
      if (origin !== undefined && !isAllowedPage(origin, [corsOrigins, [new URL(publicUrl).origin]].flat())) {
        return reply.code(403).send(refusedOrigin);
      }
      const { remoteAddress = '127.0.0.1' } = request.raw.socket;
      const headers = Object.fromEntries(
        callerHeaders.flatMap((name) => {
          const value = request.headers[name];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const answer = await answerMcp({
        request: toWebRequest(publicUrl, request.headers),
        message: request.body,
        api: {
          call: async ({ json, ...target }) => {
            const { statusCode, body } = await app.inject({
              ...target,
              headers,
              remoteAddress,
              ...(json !== undefined && { payload: json as object }),
            });
            return { status: statusCode, json: JSON.parse(body) };
          },
          mayCall: ({ method, route }) => {
            const { access, scope } = routes.get(`${method} ${route}`)?.config ?? {};
            const isOpen = access !== undefined && !routeAccess[access].isForUsers;
            const mayBegin = isOpen || request.caller.kind !== 'guest';
            return mayBegin && (scope === undefined || hasScope(request.caller, scope));
          },
        },
      });
      const type = answer.headers.get('content-type');
      if (type !== null) reply.header('Content-Type', type);
      return reply.code(answer.status).send(await answer.text());
    },
  );
}

/**
 * Whether a page of this origin may send messages. A page that makes its name resolve to this host (DNS rebinding) would be of the
 * same origin for its browser, so `*`, which lets pages read answers, is not enough here: the origin must be named.
 */
function isAllowedPage(origin: string, allowed: readonly string[]): boolean {
  return origin !== '*' && allowed.includes(origin);
}

/** As the transport's specification has it: an error of JSON-RPC without an id. */
const refusedOrigin = {
  jsonrpc: '2.0',
  error: {
    code: -32_000,
    message: 'Pages of this origin may not use MCP: name it in the setting corsOrigins of the environment.',
  },
};

/** The request without its body, which has been read, in the form that the SDK takes. */
function toWebRequest(publicUrl: string, headers: NodeJS.Dict<string | string[]>): Request {
  const names = [
    'accept',
    'content-type',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
    'mcp-session-id',
  ];
  const passed = names.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, [value].flat().join(', ')] as const];
  });
  return new Request(new URL('/mcp', publicUrl), { method: 'POST', headers: Object.fromEntries(passed) });
}
