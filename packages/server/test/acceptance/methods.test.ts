import { METHODS } from 'node:http';
import { beforeAll, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
let admin: Client;
beforeAll(async () => {
  admin = (await createTenant()).admin;
});

/** Not sent: CONNECT opens a tunnel, `fetch` refuses TRACE, and OPTIONS is answered as a preflight on every path. */
const unsent = new Set(['CONNECT', 'TRACE', 'TRACK', 'OPTIONS']);
const methods = METHODS.filter((method) => !unsent.has(method));

interface Description {
  readonly paths: Readonly<Record<string, object>>;
}

/** A path of every route: no parameter names anything that exists. */
async function everyPath(): Promise<string[]> {
  const response = await fetch(`${apiUrl}/openapi.json`);
  // The description is our own.
  const { paths } = (await response.json()) as Description;
  const known = Object.keys(paths).map((path) => path.replace(/\{[^}]+\}/g, 'none').replace(/\*$/, 'none'));
  const others = [
    '/v1/folders/a/b%2Fc',
    '/v1/folders/',
    '/v1/%66iles',
    '/openapi.json',
    '/docs',
    '/health/live',
  ];
  return [...new Set([...known, ...others])];
}

it('every path has 405 with Allow for the methods that it does not take, and takes those of Allow', async () => {
  const paths = await everyPath();
  expect(paths.length).toBeGreaterThan(40);
  const wrong: unknown[] = [];
  for (const path of paths) {
    const answers = await Promise.all(
      methods.map(async (method) => {
        const response = await fetch(apiUrl + path, { method, headers: admin.headers });
        const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
        const text = isStream ? '' : await response.text();
        if (isStream) await response.body?.cancel();
        const isNoRoute = response.status === 404 && text.includes('common/not-found');
        return { method, status: response.status, isNoRoute, allow: response.headers.get('allow') };
      }),
    );
    const taken = answers
      .filter(({ status, isNoRoute }) => status !== 405 && !isNoRoute)
      .map(({ method }) => method);
    for (const { method, status, allow } of answers) {
      if (taken.includes(method)) continue;
      if (status !== 405 || allow?.split(', ').sort().join() !== taken.toSorted().join()) {
        wrong.push({ method, path, status, allow, taken });
      }
    }
  }
  expect(wrong).toEqual([]);
});
