import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import type { Api } from '../api.ts';
import { completeDescription } from './complete-description.ts';
import { describeRoute } from './describe-route.ts';
import { docsPage } from './docs-page.ts';

/**
 * Creates an application that only describes the API: OpenAPI 3.1 at `/openapi.json`, from the schemas that validate and
 * serialise, and a page to read it at `/docs`.
 * @param publicUrl URL by which clients reach the API
 * @param addRoutes adds the API's own routes, which are never called here
 */
export async function createDescription(publicUrl: string, addRoutes: (app: Api) => void): Promise<Api> {
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(FileView);
  app.addSchema(ErrorBody);
  await app.register(swagger, {
    // OpenAPI has no name for the rest of a path.
    transform: ({ url, route }) => ({ url: url.replace('*', ':path'), schema: describeRoute(route) }),
    transformObject: (document) =>
      'openapiObject' in document
        ? completeDescription(withOptionalBodies(document.openapiObject))
        : document.swaggerObject,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'bkend storage',
        version: '1',
        description:
          'Presigned uploads and downloads, file metadata and access control. File bytes never pass through here.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      tags: [
        {
          name: 'Upload',
          description: 'Presign an upload, PUT the bytes to its URL, then register the file.',
        },
        {
          name: 'Multipart',
          description: 'Upload large files in parts: in parallel, and with a retry of failed parts only.',
        },
        { name: 'Files', description: 'Read, list, update, delete and download registered files.' },
        { name: 'Folders', description: 'The folders that files lie in, and empty ones that are kept.' },
        { name: 'Operations', description: 'Changes of many files that go on in the background.' },
        {
          name: 'Contents',
          description: 'Replace the contents of a file under the same id and address, and copy a file.',
        },
        { name: 'Versions', description: 'Former contents of files, for owners and admins.' },
        { name: 'Shares', description: 'The users that a `shared` file is shared with.' },
        {
          name: 'Avatars',
          description: 'The avatar of a user: a public image that replaces the one before.',
        },
        { name: 'Usage', description: 'The files and bytes that are stored.' },
        { name: 'Events', description: 'What has happened to files and uploads, in order.' },
        { name: 'Environment', description: 'The settings of the environment of the API key.' },
        { name: 'Webhooks', description: 'Addresses that events are sent to, and their deliveries.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: '`pk_…` or `sk_…`' },
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        },
      },
      security: [{ apiKey: [] }, { apiKey: [], accessToken: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `schema-${index}`,
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    ...docsPage,
    staticCSP: true,
    transformStaticCSP: withoutHttpsUpgrade,
  });
  await app.register(
    async (v1) => {
      callNone(v1);
      addRoutes(v1);
    },
    { prefix: '/v1' },
  );
  return app;
}

/** Routes added later answer 404: this application authenticates no request. */
function callNone(app: Api): void {
  app.addHook('onRoute', (route) => {
    route.handler = (_request, reply) => reply.callNotFound();
    delete route.preHandler;
  });
}

/** The operations that `@fastify/swagger` makes of our routes, which take JSON alone. */
type DescribedOperations = Record<
  string,
  {
    readonly requestBody?: {
      required?: boolean;
      readonly content: {
        readonly 'application/json': { readonly schema: { readonly required?: string[] } };
      };
    };
  }
>;

/** An empty body counts as `{}`, so a body without required fields is optional. */
function withOptionalBodies<Document extends { readonly paths?: object }>(description: Document): Document {
  for (const operations of Object.values(description.paths ?? {}) as DescribedOperations[]) {
    for (const { requestBody: body } of Object.values(operations)) {
      if (body === undefined) continue;
      body.required = (body.content['application/json'].schema.required ?? []).length > 0;
    }
  }
  return description;
}

/** Lets the page work over plain HTTP, too. */
function withoutHttpsUpgrade(policy: string): string {
  return policy.replace('upgrade-insecure-requests;', '');
}
