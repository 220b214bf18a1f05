import { invalidParameters } from '@bkend/storage-contract';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { RestAnswer, RestApi } from './rest-api.ts';
import type { ToolRow } from './tool-table.ts';
import { type Wrapped, wrap } from './untrusted-data.ts';

/** Arguments of a tool, as the client sent them. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** Calls the REST operation of a tool. A refusal by the API is an answer with `isError`, with the API's own code. */
export async function callTool(api: RestApi, tool: ToolRow, args: ToolArguments): Promise<CallToolResult> {
  const wrong = findWrongArguments(tool, args);
  if (wrong.length > 0) {
    const { code, details } = invalidParameters(wrong);
    return refuse(code, 'Some arguments are not valid.', details);
  }
  return toResult(await api.call(requestOf(tool, args)));
}

/** A refusal of this side, in the shape of the API's own. */
export function refuse(code: string, message: string, details: object = {}): CallToolResult {
  return toResult({ status: 400, json: { error: { code, message, details } } });
}

/** A value as the result of a tool: as structured content, and as text for clients that read no other. */
export function showResult(value: unknown, options: { readonly maxLength?: number } = {}): CallToolResult {
  return toResult({ status: 200, json: value }, options);
}

function toResult(
  { status, json }: RestAnswer,
  options: { readonly maxLength?: number } = {},
): CallToolResult {
  const wrapped = wrap(status < 400 ? json : errorOf(json), options);
  return {
    content: [{ type: 'text', text: textOf(wrapped) }],
    structuredContent: wrapped,
    ...(status >= 400 && { isError: true }),
  };
}

/** The fields of an error answer that say something; `message` stands twice in the whole. */
function errorOf(json: unknown): object {
  const { error, requestId } = json as { readonly error: object; readonly requestId?: string };
  return { error, ...(requestId !== undefined && { requestId }) };
}

/** The notice before the result, the cuts behind it. */
export function textOf({ notice, result, cut = [] }: Wrapped): string {
  return [notice, JSON.stringify(result, null, 1), ...cut].join('\n\n');
}

/**
 * Arguments that the tool does not have, and those of the path that could name another path: clients and servers remove `.` and
 * `..` from URLs (RFC 3986, section 5.2.4). All others are checked by the REST operation.
 */
function findWrongArguments({ path, fields }: ToolRow, args: ToolArguments) {
  const unknown = Object.keys(args)
    .filter((name) => !Object.hasOwn(path, name) && !Object.hasOwn(fields, name))
    .map((field) => ({ field, message: 'is not an argument of this tool' }));
  const wrongSegments = Object.keys(path)
    .filter((name) => !isSegment(args[name]))
    .map((field) => ({ field, message: 'is required, as text, and cannot be "." or ".."' }));
  return [...wrongSegments, ...unknown];
}

function isSegment(value: unknown): value is string {
  return typeof value === 'string' && !['', '.', '..'].includes(value) && value.isWellFormed();
}

function requestOf(tool: ToolRow, args: ToolArguments): Parameters<RestApi['call']>[0] {
  const { method, route } = tool.operation;
  const url = route.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(args[name])));
  const fields = {
    ...Object.fromEntries(Object.entries(args).filter(([name]) => !Object.hasOwn(tool.path, name))),
    ...tool.always,
  };
  if (tool.sendsIn === 'body') return { method, url, json: fields };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    // Models send `null` for what they leave out.
    if (value !== null && value !== undefined) query.set(name, textOfValue(value));
  }
  return { method, url: query.size > 0 ? `${url}?${query}` : url };
}

function textOfValue(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
