import type {
  ListResourcesResult,
  ListResourceTemplatesResult,
  ReadResourceResult,
} from '@modelcontextprotocol/server';
import { textOf } from './call-tool.ts';
import type { RestAnswer, RestApi, RestOperation } from './rest-api.ts';
import { withoutUnseen, wrap } from './untrusted-data.ts';

/** The API description, OpenAPI 3.1. */
const descriptionUri = 'bkend://openapi.json';
const scheme = 'file://';
const listing: RestOperation = { method: 'GET', route: '/v1/files' };
/** Characters of an address that a refusal repeats. */
const maxShownLength = 100;
/** Files of a page of resources. */
const pageFiles = 50;

/** A refusal by the API of a request for resources. */
class ResourceRefusal extends Error {
  readonly code: string;

  constructor({ json }: RestAnswer) {
    // The API has one shape of errors.
    const { code, message } = (
      json as { readonly error: { readonly code: string; readonly message: string } }
    ).error;
    super(`${code}: ${withoutUnseen(message)}`);
    this.code = code;
  }
}

/** Lists the API description, and behind it the files that the caller may read, page by page. */
export async function listResources(api: RestApi, cursor: string | undefined): Promise<ListResourcesResult> {
  const description = {
    uri: descriptionUri,
    name: 'openapi.json',
    title: 'Description of the REST API',
    description: 'OpenAPI 3.1, about 400 KB: every endpoint with its fields, callers and error codes.',
    mimeType: 'application/json',
  };
  if (!api.mayCall(listing)) return { resources: [description] };
  const query = new URLSearchParams({ limit: `${pageFiles}`, ...(cursor !== undefined && { cursor }) });
  const answer = await api.call({ method: 'GET', url: `/v1/files?${query}` });
  if (answer.status >= 400) throw new ResourceRefusal(answer);
  // `ListFilesAnswer`, from the API itself.
  const { items, pagination } = answer.json as {
    readonly items: readonly {
      readonly id: string;
      readonly originalName: string;
      readonly mimeType: string;
    }[];
    readonly pagination: { readonly nextCursor?: string };
  };
  const files = items.map(({ id, originalName, mimeType }) => ({
    uri: `${scheme}${id}`,
    name: withoutUnseen(originalName),
    description: `The record of a stored file of type ${withoutUnseen(mimeType)}. Its name was written by a user.`,
    mimeType: 'application/json',
  }));
  return {
    resources: [...(cursor === undefined ? [description] : []), ...files],
    ...(pagination.nextCursor !== undefined && { nextCursor: pagination.nextCursor }),
  };
}

/** The one kind of resource that is found by id. */
export function listResourceTemplates(): ListResourceTemplatesResult {
  return {
    resourceTemplates: [
      {
        uriTemplate: `${scheme}{id}`,
        name: 'file',
        title: 'A stored file',
        description: 'The record of a file that the caller may read, as `get_file` answers it.',
        mimeType: 'application/json',
      },
    ],
  };
}

/** Reads a resource: the record of a file, wrapped as answers of tools are, or the API description as it is. */
export async function readResource(api: RestApi, uri: string): Promise<ReadResourceResult> {
  const isDescription = uri === descriptionUri;
  const id = uri.startsWith(scheme) ? uri.slice(scheme.length) : undefined;
  if (!isDescription && (id === undefined || !/^[\w-]{1,64}$/.test(id))) {
    throw new ResourceRefusal({
      status: 404,
      json: {
        error: {
          code: 'file/not-found',
          message: `There is no resource ${JSON.stringify(uri.slice(0, maxShownLength))}.`,
        },
      },
    });
  }
  const answer = await api.call({ method: 'GET', url: isDescription ? '/openapi.json' : `/v1/files/${id}` });
  if (answer.status >= 400) throw new ResourceRefusal(answer);
  const text = isDescription ? JSON.stringify(answer.json) : textOf(wrap(answer.json));
  return { contents: [{ uri, mimeType: isDescription ? 'application/json' : 'text/plain', text }] };
}
