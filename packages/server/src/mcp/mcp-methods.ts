import type { Tool } from '@modelcontextprotocol/server';
import { callTool, refuse, type ToolArguments } from './call-tool.ts';
import { listResources, listResourceTemplates, readResource } from './resources.ts';
import type { RestApi } from './rest-api.ts';
import { type ToolRow, toolTable } from './tool-table.ts';

/** Characters of a name that a refusal repeats. */
const maxShownLength = 100;

/** The requests of the protocol that are answered, each with its parameters. */
export interface McpMethods {
  'tools/list': () => Promise<object>;
  'tools/call': (params: {
    readonly name: string;
    readonly arguments?: ToolArguments | undefined;
  }) => Promise<object>;
  'resources/list': (params: { readonly cursor?: string | undefined }) => Promise<object>;
  'resources/templates/list': () => Promise<object>;
  'resources/read': (params: { readonly uri: string }) => Promise<object>;
}

/** Answers for one caller of the REST API. A caller has the tools alone whose operation the API would let it begin. */
export function createMcpMethods(api: RestApi): McpMethods {
  const tools = toolTable.filter(({ operation }) => api.mayCall(operation));
  return {
    'tools/list': async () => ({ tools: tools.map(describeTool) }),
    'tools/call': async ({ name, arguments: args = {} }) => {
      const tool = toolTable.find((each) => each.name === name);
      // A tool that is not listed for this caller is called all the same: the API says why it refuses.
      if (tool !== undefined) return callTool(api, tool, args);
      return refuse('common/not-found', `There is no tool ${JSON.stringify(name.slice(0, maxShownLength))}.`);
    },
    'resources/list': ({ cursor }) => listResources(api, cursor),
    'resources/templates/list': async () => listResourceTemplates(),
    'resources/read': ({ uri }) => readResource(api, uri),
  };
}

function describeTool({ name, title, description, path, fields, required, ...tool }: ToolRow): Tool {
  return {
    name,
    title,
    description,
    inputSchema: {
      type: 'object',
      properties: plain({ ...path, ...fields }),
      required: [...Object.keys(path), ...required],
      additionalProperties: false,
    },
    annotations: {
      title,
      readOnlyHint: tool.isReadOnly,
      destructiveHint: tool.isDestructive,
      idempotentHint: tool.operation.method !== 'POST',
      openWorldHint: false,
    },
  };
}

/** Schemas as JSON alone, without what the schema library adds for itself. */
function plain(schemas: object): NonNullable<Tool['inputSchema']['properties']> {
  return JSON.parse(JSON.stringify(schemas));
}
