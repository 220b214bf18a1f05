import type { RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';

/** That any route answers with: wrong parameters, credentials and scopes, too large a request, the rate limit, our own faults. */
const everywhere = [400, 401, 403, 413, 429, 500, 503];
/** The body is no JSON; said of bodies that nothing asked for as well. */
const withBody = [415];
/** What the path names is not there. */
const withParameters = [404];

/**
 * The schema of a route as it is described: with every status that it can be refused with in place of `4xx` and `5xx`, and with
 * empty values of optional query fields, which count as absent.
 */
export function describeRefusals({
  schema = {},
  config,
  method,
}: Pick<RouteOptions, 'schema' | 'config' | 'method'>): object {
  // `answers` has made it.
  const { '4xx': refusal, '5xx': _, ...answers } = (schema.response ?? {}) as Record<string, TSchema>;
  if (refusal === undefined) return schema;
  const statuses = [
    ...everywhere,
    ...(readsBody(method) ? withBody : []),
    ...(schema.params === undefined ? [] : withParameters),
    ...(config?.refusals ?? []),
  ].sort();
  const response = { ...answers, ...Object.fromEntries(statuses.map((status) => [status, refusal])) };
  return {
    ...schema,
    response,
    ...(schema.querystring !== undefined && { querystring: withEmptyValues(schema.querystring) }),
  };
}

function readsBody(method: RouteOptions['method']): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD');
}

/** `?bucket=` is how forms say that nothing was chosen; what has a default need not be there. */
function withEmptyValues(schema: unknown): unknown {
  // Query schemas are objects of ours.
  const {
    properties,
    required = [],
    ...rest
  } = schema as {
    properties: Record<string, TSchema>;
    required?: string[];
  };
  const needed = required.filter((name) => !('default' in (properties[name] ?? {})));
  const described = Object.entries(properties).map(([name, property]) => {
    return [name, needed.includes(name) || takesEmpty(property) ? property : orEmpty(property)];
  });
  return { ...rest, required: needed, properties: Object.fromEntries(described) };
}

function takesEmpty(schema: TSchema): boolean {
  return 'type' in schema && schema.type === 'string' && !('enum' in schema) && !('format' in schema);
}

function orEmpty(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Literal('', { description: 'As if it were absent.' })]);
}
