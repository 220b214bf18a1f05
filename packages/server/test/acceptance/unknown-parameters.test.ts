import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
const description = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as {
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { content?: object }> }>
  >;
};
const methods = ['get', 'post', 'put', 'patch', 'delete'];
const routes = Object.entries(description.paths).flatMap(([path, operations]) =>
  Object.keys(operations)
    .filter((method) => methods.includes(method))
    .map((method) => [method.toUpperCase() as 'GET', path.replace(/\{\w+\}/g, 'x')] as const),
);

let admin: Client;
beforeAll(async () => {
  admin = (await createTenant()).admin;
});

describe('a query', () => {
  it('is of some twenty routes', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect(routes).toContainEqual(['GET', '/v1/files']);
  });

  it.each(routes)('of %s %s is refused for fields that it does not have', async (method, path) => {
    const refusal = await admin.refusal(method, `${path}?folders=trips&page%20=1`);
    expect(refusal).toMatchObject({
      status: 400,
      code: 'common/invalid-parameters',
      details: {
        issues: [
          { field: 'query.folders', message: 'is not a field of this query' },
          { field: 'query.page ', message: 'is not a field of this query' },
        ],
      },
    });
  });

  /** An event stream is never read to its end. */
  const isRead = (path: string) =>
    'application/json' in
    (description.paths[path]?.get?.responses['200']?.content ?? { 'application/json': {} });

  it.each(routes.filter(([method, path]) => method === 'GET' && isRead(path)))(
    'of %s %s may have empty fields, and fields that begin with _',
    async (method, path) => {
      const plain = await admin.send<{ error?: unknown }>(method, path);
      const more = await admin.send<{ error?: unknown }>(method, `${path}?folders=&_=1738310400&__proto__=x`);
      expect([more.status, more.json.error]).toEqual([plain.status, plain.json.error]);
    },
  );

  it('of a path that is no route is not looked at', async () => {
    expect(await admin.refusal('GET', '/v1/nothing?folders=x')).toMatchObject({ status: 404 });
  });
});
