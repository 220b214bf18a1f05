import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, requireErrorShape } from '../../../test-support/src/api/client.ts';
import { openSocket, statusesIn } from '../../../test-support/src/network/raw-http.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
const description = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: unknown }>>>>;
};
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { requestBody }]) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{\w+\}/g, '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000'),
    hasBody: requestBody !== undefined,
  })),
);
const withBody = operations
  .filter(({ hasBody }) => hasBody)
  .map(({ method, path }) => [method, path] as const);

/** Names of all lists and texts that any request has. */
const listNames = ['sharedWith', 'ids', 'parts', 'partNumbers', 'tags'];
const textNames = [
  's3Key',
  'originalName',
  'filename',
  'contentType',
  'mimeType',
  'options',
  'visibility',
  'key',
];

const mebibyte = 1024 * 1024 - 200;
const listOf = (item: string, length = Math.floor(mebibyte / (item.length + 1))) =>
  `[${Array(length).fill(item).join()}]`;
const many = (names: readonly string[], value: string) =>
  `{${names.map((name) => `"${name}":${value}`).join()}}`;

const hostile: Record<string, () => string> = {
  'a mebibyte of numbers where texts belong': () => many(['sharedWith'], listOf('1', 520_000)),
  'a mebibyte of numbers in every list': () => many(listNames, listOf('1', 100_000)),
  'a mebibyte of empty objects in every list': () => many(listNames, listOf('{}', 60_000)),
  'wrong tags within metadata': () => `{"metadata":{"tags":${listOf('1', 500_000)}}}`,
  'fifty thousand unknown fields': () =>
    `{"metadata":{${Array.from({ length: 50_000 }, (_, index) => `"field${index}":1`).join()}}}`,
  'a field with a name of a mebibyte': () => `{"metadata":{"${'x'.repeat(mebibyte)}":1}}`,
  'a field with a name of escaped controls': () => `{"metadata":{"${'\\u0001'.repeat(170_000)}":1}}`,
  'texts of a hundred kilobytes': () => many(textNames, `"${'가'.repeat(30_000)}"`),
  'texts of controls': () => many(textNames, `"${'\\u0001'.repeat(20_000)}"`),
  'a hundred thousand levels of lists': () => `{"sharedWith":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'a hundred thousand levels of objects': () =>
    `{"metadata":{"custom":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`,
  'a list where an object belongs': () => listOf('1'),
  'broken JSON of a mebibyte': () => '['.repeat(mebibyte),
};

let tenant: Tenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

describe('a hostile body', () => {
  it.each(Object.entries(hostile))(
    'of %s is refused in no more than 16 KiB, on every route',
    async (_, make) => {
      const body = make();
      for (const [method, path] of withBody) {
        const response = await fetch(apiUrl + path, {
          method,
          headers: { ...alice.headers, 'Content-Type': 'application/json' },
          body,
        });
        const text = await response.text();
        expect([method, path, response.status >= 400 && response.status < 500]).toEqual([method, path, true]);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
        const json = JSON.parse(text);
        requireErrorShape({ status: response.status, headers: response.headers, json });
        expect(json.error.details.issues?.length ?? 0).toBeLessThanOrEqual(20);
      }
    },
  );

  it('reports every problem of a small body, and the first one of a large body', async () => {
    const wrong = (count: number) => ({ sharedWith: Array(count).fill(1) });
    const path = `/v1/files/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000/shares`;
    const few = await alice.refusal('PUT', path, wrong(3));
    expect(few.details.issues).toHaveLength(3);
    const more = await alice.refusal('PUT', path, wrong(200));
    expect(more.details.issues).toHaveLength(20);
    expect(more.details.moreIssues).toBe(180);
    const most = await alice.refusal('PUT', path, wrong(100_000));
    expect(most.details.issues).toHaveLength(1);
  });
});

describe('a request without the right to ask', () => {
  const credentials = {
    'no key': () => '',
    'an unknown key': () => `X-API-Key: pk_${'0'.repeat(64)}\r\n`,
    'a broken token': () => `X-API-Key: ${tenant.publishable.key}\r\nAuthorization: Bearer x\r\n`,
    'a guest’s key': () => `X-API-Key: ${tenant.publishable.key}\r\n`,
  };
  /** That guests may send a body to. */
  const open = /\/(download-urls?|image-url)$/;

  it.each(Object.keys(credentials) as (keyof typeof credentials)[])(
    'with %s is refused before its body is sent, on every route',
    async (name) => {
      for (const [method, path] of withBody) {
        if (name === 'a guest’s key' && open.test(path)) continue;
        const socket = await openSocket(apiUrl);
        const head = `${method} ${path} HTTP/1.1\r\nHost: h\r\n${credentials[name]()}`;
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`);
        const answer = await new Promise<string>((resolve) => {
          socket.setEncoding('latin1').once('data', (text: string) => resolve(text));
        });
        expect([method, path, statusesIn(answer)]).toEqual([method, path, [401]]);
        socket.destroy();
      }
    },
  );
});
