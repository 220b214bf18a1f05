import { renderAccessRules } from './access-rules.ts';
import { exampleOf } from './examples.ts';
import { code, generatedFrom, page, table } from './markdown.ts';
import type { OpenApi, Operation, Schema } from './open-api.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Renders `docs/http-api.md` from the service's own OpenAPI description. */
export function renderHttpApiPage(openApi: OpenApi): string {
  const endpoints = Object.entries(openApi.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      operation,
    })),
  );
  return page(
    generatedFrom('the schemas and access rules of packages/server and packages/contract'),
    '# HTTP API',
    'The API presigns uploads and downloads, keeps the records of files and decides access. File bytes never pass it: clients send and fetch them at the presigned URLs of the object store. The machine-readable description is [openapi.json](openapi.json); a running service has it at `/openapi.json`, and as a page at `/docs`.',
    overview,
    renderAccessRules(),
    page(
      '## Endpoints',
      ...openApi.tags.map(({ name, description }) =>
        page(
          `### ${name}`,
          description,
          table(
            ['endpoint', 'what it does', 'callers'],
            endpoints
              .filter(({ operation }) => operation.tags.includes(name))
              .map(({ method, path, operation }) => [
                `[${code(`${method} ${path}`)}](#${anchorOf(`${method} ${path}`)})`,
                operation.summary,
                operation['x-callers'],
              ]),
          ),
        ).trimEnd(),
      ),
    ).trimEnd(),
    ...endpoints.map((endpoint) => renderEndpoint(openApi, endpoint)),
    '## Other paths',
    table(
      ['path', 'answer'],
      [
        ['`GET /health/live`', '200 while the process runs; on every host'],
        [
          '`GET /health/ready`',
          '200 while the host can serve, else 503 with the failing part; on every host',
        ],
        ['`GET /openapi.json`', 'the machine-readable description of this API; no key is needed'],
        ['`GET /docs`', 'the description as a page; no key is needed'],
      ],
    ),
    '## The file',
    renderFields(openApi, { $ref: '#/components/schemas/File' }, true),
  );
}

const overview = page(
  '## Requests',
  table(
    ['header', 'value'],
    [
      [
        '`X-API-Key`',
        'Required. `pk_` (publishable) or `sk_` (secret) and 64 hex digits; it names the tenant.',
      ],
      ['`Authorization`', '`Bearer` and an access token (JWT), which names the user in `sub`.'],
      ['`Content-Type`', '`application/json` with a body. An empty body counts as `{}`.'],
    ],
  ),
  table(
    ['caller', 'credentials', 'may'],
    [
      ['guest', 'publishable key alone', 'list, read and download `public` files'],
      [
        'user',
        'publishable key and access token',
        'upload; everything with own files; read as visibility allows',
      ],
      ['admin', 'secret key, or an access token with `"role": "admin"`', 'everything within the tenant'],
    ],
  ),
  'With a secret key and an access token, new files belong to the token’s user. A key with scopes may do only what they name: `files:read` lists, records, shares, usage, downloads and signed image URLs, `files:write` uploads and every change of files, `files:*` both, `events:read` reads events, `*:read` everything that reads, `*:*` all. A key without scopes may do everything its caller may. An access token is valid in one environment; see [projects](projects.md).',
  'Unknown fields of queries are refused, but for those that are empty or begin with `_`; unknown fields of bodies are ignored, except where a schema forbids them (`metadata`, bulk calls). Text fields without a limit of their own below have at most 16,384 characters, besides the [limits that operators set](settings.md#limits).',
  '## Answers',
  'A success answers the bare object; an error answers [one shape](errors.md) with a stable code. Every answer has `X-Request-Id` and, under `/v1`, `Cache-Control: no-store`, `X-RateLimit-Limit` and `X-RateLimit-Remaining`. Times are ISO 8601 in UTC with milliseconds; sizes are bytes.',
  'Besides its own error codes, every endpoint may answer `common/invalid-parameters` (400), `auth/…` (401), `auth/scope-insufficient` (403), `common/payload-too-large` (413), `common/too-many-requests` (429), `common/internal-error` (500) and `common/unavailable` (503); endpoints for users answer guests with `common/authentication-required` (401), and endpoints with a body answer other types with `common/unsupported-media-type` (415).',
).trimEnd();

function renderEndpoint(openApi: OpenApi, { method, path, operation }: Endpoint): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content['application/json'].schema;
  const [status = '200', answer] = Object.entries(responses)[0] ?? [];
  const [{ schema: result } = { schema: {} }] = Object.values(answer?.content ?? {});
  const errors = operation['x-error-codes'];
  const rows = parameters.map(({ name, in: part, required, schema, description: meaning }) => [
    code(name),
    part,
    typeOf(openApi, schema),
    required ? 'yes' : 'no',
    meaning ?? schema.description ?? schema.anyOf?.[0]?.description ?? '',
  ]);
  return page(
    `### ${method} ${path}`,
    `${summary}. ${description ?? ''}`.trim(),
    `**Callers:** ${operation['x-callers']} **Scope:** ${code(operation['x-scope'])}`,
    rows.length > 0 ? table(['parameter', 'in', 'type', 'required', 'meaning'], rows) : undefined,
    body && page('**Body**', renderFields(openApi, body, false)).trimEnd(),
    page(`**Answer ${status}**`, renderFields(openApi, result, false)).trimEnd(),
    errors.length > 0 ? `**Error codes:** ${errors.map(code).join(', ')}` : undefined,
    renderExample(openApi, { method, path, operation }),
  ).trimEnd();
}

function renderExample(openApi: OpenApi, { method, path, operation }: Endpoint): string {
  const { parameters = [], requestBody, responses } = operation;
  const exampleText = (name: string) => String(exampleOf(openApi, {}, name));
  const query = parameters
    .filter(({ in: part, required }) => part === 'query' && required)
    .map(({ name }) => `${name}=${encodeURIComponent(exampleText(name))}`);
  const target = path.replaceAll(/:(\w+)/g, (_, name: string) => exampleText(name));
  const [status = '200', answer] = Object.entries(responses)[0] ?? [];
  const json = answer?.content?.['application/json']?.schema;
  const stream = answer?.content?.['text/event-stream']?.schema.examples?.join('');
  const body = requestBody && exampleOf(openApi, requestBody.content['application/json'].schema);
  return [
    '```http',
    `${method} ${target}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    'X-API-Key: pk_…',
    'Authorization: Bearer …',
    ...(body === undefined ? [] : ['Content-Type: application/json', '', JSON.stringify(body, null, 2)]),
    '',
    `HTTP/1.1 ${status}`,
    `Content-Type: ${stream === undefined ? 'application/json' : 'text/event-stream; charset=utf-8'}`,
    '',
    stream === undefined ? JSON.stringify(exampleOf(openApi, json ?? {}), null, 2) : stream,
    '```',
  ].join('\n');
}

/** A table of the fields of an object, those of objects within it included; a named schema is a link unless `inFull`. */
function renderFields(openApi: OpenApi, schema: Schema, inFull: boolean): string {
  if (schema.$ref !== undefined && !inFull) return typeOf(openApi, schema);
  const rows = fieldsOf(openApi, schema, '');
  if (rows.length > 0) return table(['field', 'type', 'required', 'meaning'], rows);
  const { additionalProperties } = schema;
  return additionalProperties === undefined ? 'An empty object.' : 'An object with fields by name.';
}

function fieldsOf(openApi: OpenApi, schema: Schema, prefix: string): string[][] {
  const name = schema.$ref?.split('/').at(-1);
  const target = name === undefined ? schema : (openApi.components.schemas[name] ?? {});
  const required = new Set(target.required);
  return Object.entries(target.properties ?? {}).flatMap(([field, property]) => {
    const path = `${prefix}${field}`;
    const row = [
      code(path),
      typeOf(openApi, property),
      required.has(field) ? 'yes' : 'no',
      property.description ?? property.anyOf?.[0]?.description ?? '',
    ];
    const inner = property.anyOf?.find(({ properties }) => properties !== undefined) ?? property;
    if (inner.$ref !== undefined) return [row];
    if (inner.type === 'array' && inner.items !== undefined && inner.items.$ref === undefined) {
      return [row, ...fieldsOf(openApi, inner.items, `${path}[].`)];
    }
    return [row, ...fieldsOf(openApi, inner, `${path}.`)];
  });
}

/** A type in words: `string, at most 255 characters`, `` `public`, `private` ``, `[file](#the-file)`. */
function typeOf(openApi: OpenApi, schema: Schema): string {
  if (schema.$ref !== undefined) return '[file](#the-file)';
  if (schema.anyOf !== undefined) {
    const alternatives = schema.anyOf.filter((each) => each.enum?.[0] !== '');
    return alternatives.map((each) => typeOf(openApi, each)).join(' or ');
  }
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined)
    return schema.enum.map((value) => code(String(value))).join(', ') + defaultOf(schema);
  if (schema.type === 'array') {
    const { minItems, maxItems } = schema;
    return `array of ${typeOf(openApi, schema.items ?? {})}${rangeOf(minItems, maxItems, ' items')}`;
  }
  if (schema.format === 'date-time') return 'time';
  if (schema.format !== undefined) return schema.format === 'uuid' ? 'UUID' : schema.format;
  if (schema.type === 'string') {
    const maxLength = schema.maxLength === 16_384 ? undefined : schema.maxLength;
    return `string${rangeOf(schema.minLength, maxLength, ' characters')}`;
  }
  return `${schema.type ?? 'any value'}${rangeOf(schema.minimum, schema.maximum, '')}${defaultOf(schema)}`;
}

function rangeOf(min: number | undefined, max: number | undefined, unit: string): string {
  const number = (value: number) => value.toLocaleString('en');
  const isBounded = max !== undefined && max < 2 ** 31 - 1;
  if (min !== undefined && isBounded) return `, ${number(min)} to ${number(max)}${unit}`;
  if (isBounded) return `, at most ${number(max)}${unit}`;
  return min === undefined ? '' : `, at least ${number(min)}${unit}`;
}

function defaultOf(schema: Schema): string {
  return schema.default === undefined ? '' : `; default ${code(String(schema.default))}`;
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
