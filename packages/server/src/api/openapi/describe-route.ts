import { type ErrorCode, errorCodes } from '@bkend/storage-contract';
import type { RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { routeAccess } from '../api.ts';

/** Codes of every endpoint: wrong parameters, key, token or scopes, a too large request, the rate limit, faults of the service. */
const commonErrors: readonly ErrorCode[] = [
  'common/invalid-parameters',
  'auth/invalid-api-key',
  'auth/api-key-expired',
  'auth/api-key-revoked',
  'auth/invalid-access-token',
  'auth/access-token-expired',
  'auth/scope-insufficient',
  'environment/deleting',
  'common/payload-too-large',
  'common/too-many-requests',
  'common/internal-error',
  'common/unavailable',
];

/**
 * Returns the schema of a route as the description has it: with every status and code that the endpoint can answer in place of
 * `4xx` and `5xx`, its callers as `x-callers`, the scope it needs as `x-scope`, its own codes as `x-error-codes`, and with empty values of optional query fields,
 * which count as absent.
 */
export function describeRoute({
  schema = {},
  config,
  method,
}: Pick<RouteOptions, 'schema' | 'config' | 'method'>): object {
  // `answers` has made it.
  const { '4xx': refusal, '5xx': _, ...answers } = (schema.response ?? {}) as Record<string, TSchema>;
  if (refusal === undefined) return schema;
  const access = config?.access && routeAccess[config.access];
  const ownErrors = config?.errors ?? [];
  const codes: ErrorCode[] = [
    ...commonErrors,
    ...(access?.isForUsers ? (['common/authentication-required'] as const) : []),
    // A body that is no JSON is refused where an endpoint takes none, too.
    ...(takesBody(method) ? (['common/unsupported-media-type'] as const) : []),
    ...ownErrors,
  ];
  return {
    ...schema,
    response: { ...describeSuccess(answers), ...describeErrors(codes, refusal) },
    ...(access && { 'x-callers': access.callers }),
    ...(config?.scope && { 'x-scope': config.scope }),
    'x-error-codes': [...ownErrors],
    ...(schema.querystring !== undefined && { querystring: withEmptyValues(schema.querystring) }),
    ...(schema.params !== undefined && { params: withNamedRest(schema.params) }),
  };
}

function describeSuccess(answers: Readonly<Record<string, TSchema>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [status, { ...schema, description: 'Success.' }]),
  );
}

/** The error answers by status, each with its codes as the description. */
function describeErrors(codes: readonly ErrorCode[], refusal: TSchema): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, each]) => [
        status,
        { ...refusal, description: each.map((code) => `\`${code}\``).join(', ') },
      ]),
  );
}

function takesBody(method: RouteOptions['method']): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD');
}

/** The rest of a path, `*` in a route, is described as `{path}`. */
function withNamedRest(schema: unknown): unknown {
  // Parameters are objects of ours.
  const { properties, ...rest } = schema as { properties: Record<string, TSchema> };
  const { '*': path, ...named } = properties;
  if (path === undefined) return schema;
  return { ...rest, required: ['path'], properties: { ...named, path } };
}

/** `?bucket=` is the way in which forms say that nothing was chosen; a field with a default is optional. */
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
