import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import type { Api } from './api.ts';
import { describeRefusals } from './describe-refusals.ts';

/**
 * An application that only describes the API: OpenAPI 3.1 at `/openapi.json`, made from the schemas that validate and
 * serialise, and a page to read it at `/docs`.
 * @param publicUrl where clients find the API
 * @param addRoutes adds the API's own routes; none of them is ever called here
 */
export async function createDescription(publicUrl: string, addRoutes: (app: Api) => void): Promise<Api> {
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(FileView);
  app.addSchema(ErrorBody);
  await app.register(swagger, {
    transform: ({ url, route }) => ({ url, schema: describeRefusals(route) }),
    transformObject: (document) =>
      'openapiObject' in document ? withOptionalBodies(document.openapiObject) : document.swaggerObject,
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
        { name: 'Upload', description: 'Ask for a URL, send the bytes to it, then register the file.' },
        { name: 'Multipart', description: 'Large files in parts: in parallel, and only failed parts again.' },
        { name: 'Files' },
        { name: 'Shares', description: 'Who a `shared` file is for.' },
        { name: 'Usage' },
        { name: 'Environment', description: 'What an environment allows; for its admins.' },
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
    staticCSP: true,
    transformStaticCSP: withoutHttpsUpgrade,
  });
  await app.register(async (v1) => addRoutes(v1), { prefix: '/v1' });
  return app;
}

/** What `@fastify/swagger` makes of our routes, which take JSON alone. */
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

/** An empty body counts as `{}`: where nothing in it is required, it is not either. */
function withOptionalBodies<Document extends { readonly paths?: object }>(description: Document): Document {
  for (const operations of Object.values(description.paths ?? {}) as DescribedOperations[]) {
    for (const { requestBody: body } of Object.values(operations)) {
      if (body === undefined) continue;
      body.required = (body.content['application/json'].schema.required ?? []).length > 0;
    }
  }
  return description;
}

/** The page must also work where the service is reached over plain HTTP. */
function withoutHttpsUpgrade(policy: string): string {
  return policy.replace('upgrade-insecure-requests;', '');
}
