import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { binary } from '../process/run-command.ts';

/** The revisions of the protocol that clients of today speak: the one with a handshake, and the one without. */
export const revisions = ['legacy', 'auto'] as const;
type Revision = (typeof revisions)[number];

/** The reference client, connected. */
async function connect(transport: Transport, revision: Revision): Promise<Client> {
  const client = new Client({ name: 'tests', version: '1' }, { versionNegotiation: { mode: revision } });
  await client.connect(transport);
  return client;
}

/** Connects to `POST /mcp`. @param headers key and token */
export function connectByHttp(
  apiUrl: string,
  headers: Readonly<Record<string, string>>,
  revision: Revision = 'auto',
): Promise<Client> {
  const transport = new StreamableHTTPClientTransport(new URL(`${apiUrl}/mcp`), {
    requestInit: { headers: { ...headers } },
  });
  return connect(transport, revision);
}

/** Starts `bkend-storage mcp`, and connects to its standard input and output. */
export function connectByStdio(
  env: Readonly<Record<string, string>>,
  revision: Revision = 'auto',
): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [binary, 'mcp'],
    env: { ...env },
    stderr: 'pipe',
  });
  return connect(transport, revision);
}

/** The answer of a tool. */
export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  readonly notice: string;
  // Each test knows the result of its tool.
  // biome-ignore lint/suspicious/noExplicitAny: results have as many shapes as there are tools
  readonly result: any;
  readonly cut?: readonly string[];
}

/** Calls a tool, whose answer must stand in its structured content and in its text alike. */
export async function callTool(client: Client, name: string, args: object = {}): Promise<ToolAnswer> {
  const {
    content,
    structuredContent,
    isError = false,
  } = await client.callTool({
    name,
    arguments: { ...args },
  });
  const [first] = content;
  if (first?.type !== 'text') throw new Error(`${name} answered no text.`);
  // Every tool answers so.
  const { notice, result, cut } = structuredContent as Omit<ToolAnswer, 'isError' | 'text'>;
  if (!first.text.startsWith(notice) || !first.text.includes(JSON.stringify(result, null, 1))) {
    throw new Error(`The text of ${name} is not its structured content.`);
  }
  return { isError, text: first.text, notice, result, ...(cut !== undefined && { cut }) };
}

/** Names of the tools that a caller is shown. */
export async function toolsOf(client: Client): Promise<string[]> {
  const { tools } = await client.listTools();
  return tools.map(({ name }) => name);
}
