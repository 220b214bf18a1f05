import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import { refuse, showResult, type ToolArguments } from '../call-tool.ts';
import type { McpMethods } from '../mcp-methods.ts';
import { toolTable } from '../tool-table.ts';

/** Bytes of a text that passes through a tool. */
const maxTextBytes = 65_536;

/** A text that becomes a file. */
interface NewText {
  readonly text: string;
  readonly filename: string;
  readonly contentType: string;
  readonly folder?: string;
  readonly visibility?: string;
  readonly category?: string;
}

/** Uploads and registers a text as the caller. @returns the file */
export type UploadText = (text: NewText) => Promise<object>;

/** A tool that this process has beside those of the service. */
interface OwnTool {
  readonly description: Tool;
  /** The tool of the service without which a caller has no right to this one. */
  readonly needs: string;
  readonly call: (args: ToolArguments) => Promise<CallToolResult>;
}

/**
 * Adds the two tools that move bytes, from and to the object store: over stdio alone, since no bytes pass through the API. Each is
 * there for callers that have the service's tool for the same right.
 */
export function addTextTools(service: McpMethods, uploadText: UploadText): McpMethods {
  const own: readonly OwnTool[] = [readTextTool(service), uploadTextTool(uploadText)];
  return {
    ...service,
    'tools/list': async () => {
      const { tools, ...rest } = (await service['tools/list']()) as { readonly tools: readonly Tool[] };
      const added = own.filter(({ needs }) => tools.some(({ name }) => name === needs));
      return { ...rest, tools: [...tools, ...added.map(({ description }) => description)] };
    },
    'tools/call': async (params) => {
      const tool = own.find(({ description }) => description.name === params.name);
      if (tool === undefined) return service['tools/call'](params);
      const { arguments: args = {} } = params;
      const unknown = Object.keys(args).filter(
        (name) => !Object.hasOwn(tool.description.inputSchema.properties ?? {}, name),
      );
      if (unknown.length === 0) return tool.call(args);
      const issues = unknown.map((field) => ({ field, message: 'is not an argument of this tool' }));
      return refuse('common/invalid-parameters', 'Some arguments are not valid.', { issues });
    },
  };
}

function readTextTool(service: McpMethods): OwnTool {
  return {
    needs: 'create_download_url',
    description: {
      name: 'read_text_file',
      title: 'Read a text file',
      description: `Reads the contents of a text file in UTF-8: its first ${maxTextBytes} bytes. They were written by a user.`,
      inputSchema: {
        type: 'object',
        properties: { fileId: { type: 'string', description: 'Id of the file.' } },
        required: ['fileId'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    call: async (args) => {
      // The answer of our own tool.
      const link = (await service['tools/call']({
        name: 'create_download_url',
        arguments: args,
      })) as CallToolResult;
      if (link.isError) return link;
      const { result } = link.structuredContent as { readonly result: DownloadUrl };
      const bytes = await fetchBeginning(result.url).catch(() => undefined);
      if (bytes === undefined) return refuse('common/unavailable', 'The object store does not answer.');
      const text = decode(bytes, bytes.length < result.size);
      if (text === undefined) {
        return refuse('file/invalid-format', 'The file is no text in UTF-8: use create_download_url.');
      }
      const { filename, contentType, size } = result;
      const rest = size - bytes.length;
      const cut =
        rest > 0 ? `The text ends after ${bytes.length} of ${size} bytes: ${rest} bytes more.` : undefined;
      // The text has its own limit.
      const shown = { filename, contentType, size, text, ...(cut !== undefined && { cut }) };
      return showResult(shown, { maxLength: Number.POSITIVE_INFINITY });
    },
  };
}

interface DownloadUrl {
  readonly url: string;
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
}

async function fetchBeginning(url: string): Promise<Uint8Array> {
  const response = await fetch(url, {
    headers: { Range: `bytes=0-${maxTextBytes - 1}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok || response.body === null)
    throw new Error(`The object store answered ${response.status}.`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A store may ignore the range.
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxTextBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxTextBytes);
}

/** @returns undefined for bytes that are no text; of a beginning, an incomplete character at the end is left out */
function decode(bytes: Uint8Array, isBeginning: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isBeginning });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Arguments that describe the new file, as `create_upload_url` describes them. */
const described = toolTable.find(({ name }) => name === 'create_upload_url')?.fields ?? {};

function uploadTextTool(uploadText: UploadText): OwnTool {
  const { filename, contentType, folder, visibility, category } = described;
  return {
    needs: 'create_upload_url',
    description: {
      name: 'upload_text_file',
      title: 'Upload a text file',
      description: `Stores a text of at most ${maxTextBytes} bytes in UTF-8 as a new file.`,
      inputSchema: {
        type: 'object',
        properties: JSON.parse(
          JSON.stringify({
            filename,
            text: { type: 'string', description: 'Contents of the file.' },
            contentType: {
              ...contentType,
              description: 'MIME type; `text/plain; charset=utf-8` by default.',
            },
            ...{ folder, visibility, category },
          }),
        ),
        required: ['filename', 'text'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    call: async (args) => {
      const wrong = Object.entries(args).filter(([, value]) => typeof value !== 'string');
      const missing = ['filename', 'text'].filter((name) => args[name] === undefined);
      const issues = [...missing, ...wrong.map(([name]) => name)].map((field) => ({
        field,
        message: 'must be text',
      }));
      if (issues.length > 0)
        return refuse('common/invalid-parameters', 'Some arguments are not valid.', { issues });
      const sizeBytes = Buffer.byteLength(String(args.text));
      if (sizeBytes > maxTextBytes) {
        return refuse(
          'file/file-too-large',
          `The text has ${sizeBytes} bytes; ${maxTextBytes} is the most: use create_upload_url.`,
        );
      }
      try {
        // Every argument is text, and the API checks which.
        const file = await uploadText({
          contentType: 'text/plain; charset=utf-8',
          ...args,
        } as unknown as NewText);
        return showResult(file);
      } catch (error) {
        const { code = 'common/internal-error', message, details } = error as Partial<ApiError>;
        return refuse(code, message ?? 'The upload failed.', details);
      }
    },
  };
}

interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly details: object;
}
