import type { FileView, InitMultipartAnswer } from '@bkend/storage-contract';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/**
 * Requests of the right shape with the wrong things in them, drawn at random. Whatever comes: the answer is in the
 * description, and the fault is never ours.
 */

let tenant: Tenant;
let file: FileView;
let waitingKey: string;
let upload: InitMultipartAnswer;

beforeAll(async () => {
  tenant = await createTenant();
  file = await uploadFile(tenant.admin, { visibility: 'public' });
  waitingKey = (await sendFile(tenant.admin)).s3Key;
  upload = await tenant.admin.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'a.txt',
    contentType: 'text/plain',
    fileSize: 10,
  });
});

const strange = fc.constantFrom<unknown>(
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\u202e',
    '../..',
    '%',
    '%00',
    "'; --",
    '{}',
    'null',
    '__proto__',
    '😀',
  ],
  ...['x'.repeat(300), 'x'.repeat(5_000), '가'.repeat(2_000), '9'.repeat(400), '1e400', '-0', 'Infinity'],
  ...[0, -0, -1, 0.5, 2 ** 31, 2 ** 53, 1e300, Number.MAX_VALUE, Number.MIN_VALUE],
  ...[true, false, null, [], {}, [[]], [null], [{}], { a: { b: {} } }, [''], ['\0'], [1, 'a', null]],
);
const anything = fc.oneof(
  strange,
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
  fc.integer(),
  fc.double({ noNaN: true }),
);

/** As it would stand in a URL; `String` cannot write an object whose `toString` is not a function. */
const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** The right value most of the time, so that the wrong ones get past the first check. */
const mostly = (right: () => unknown) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: anything.map((value) => () => value) },
  );

const tags = () => ['a'];
const bodies: Record<string, Record<string, () => unknown>> = {
  'POST /v1/files/presigned-url': {
    filename: () => 'a.png',
    contentType: () => 'image/png',
    fileSize: () => 5,
    visibility: () => 'public',
    category: () => 'images',
  },
  'POST /v1/files/multipart/init': {
    filename: () => 'a.png',
    contentType: () => 'image/png',
    fileSize: () => 5,
    visibility: () => 'public',
    category: () => 'images',
  },
  'POST /v1/files/multipart/presigned-url': {
    key: () => upload.key,
    uploadId: () => upload.uploadId,
    partNumber: () => 1,
  },
  'POST /v1/files/multipart/complete': {
    key: () => upload.key,
    uploadId: () => upload.uploadId,
    parts: () => [{ partNumber: 1, etag: 'x' }],
  },
  'POST /v1/files/multipart/abort': { key: () => upload.key, uploadId: () => 'x' },
  'POST /v1/files': {
    s3Key: () => waitingKey,
    originalName: () => 'a.txt',
    mimeType: () => 'text/plain',
    size: () => 5,
    width: () => 1,
    height: () => 1,
    visibility: () => 'public',
    bucket: () => 'files',
    category: () => 'documents',
    metadata: () => ({ tags: tags() }),
    sharedWith: () => ['bob'],
    ownerId: () => 'alice',
    ownerType: () => 'user',
  },
  'PATCH /v1/files/:id': {
    originalName: () => 'a.txt',
    visibility: () => 'public',
    metadata: () => ({ tags: tags(), custom: { a: 1 } }),
    sharedWith: () => ['bob'],
  },
  'PUT /v1/files/:id/shares': { sharedWith: () => ['bob'] },
  'POST /v1/files/:id/download-url': { expiresIn: () => 60, disposition: () => 'inline' },
  'POST /v1/files/:id/image-url': { options: () => '100x100', expiresIn: () => 60 },
  'POST /v1/files/bulk-delete': { ids: () => ['x'] },
};

const queries: Record<string, readonly string[]> = {
  '/v1/files': [
    ...['page', 'limit', 'sortBy', 'sortDirection', 'cursor', 'visibility', 'ownerType', 'ownerId', 'bucket'],
    ...['category', 'mimeType', 'search', 'tag', 'createdAfter', 'createdBefore', 'minSize', 'maxSize'],
  ],
  '/v1/usage': ['scope'],
  '/v1/files/multipart/parts': ['key', 'uploadId'],
  '/v1/files/:id/download-url': ['expiresIn', 'disposition'],
};

type Method = Parameters<Client['send']>[0];

async function expectNoFaultOfOurs(method: Method, path: string, json?: unknown): Promise<void> {
  const answer = await tenant.admin.send(method, path.replace(':id', file.id), json);
  const summary = `${method} ${path} ${JSON.stringify(json)} → ${JSON.stringify(answer.json)}`;
  expect(answer.status, summary).toBeLessThan(500);
}

describe('nonsense', () => {
  it.each(Object.entries(bodies))('in the body of %s is the client’s fault', async (route, fields) => {
    // The entries above begin with a method.
    const [method, path = ''] = route.split(' ') as [Method, string];
    const metadata = fc.record({
      category: anything,
      tags: anything,
      description: anything,
      alt: anything,
      relatedEntityId: anything,
      custom: anything,
    });
    const body = fc.record(
      Object.fromEntries(Object.entries(fields).map(([name, right]) => [name, mostly(right)])),
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(body, fc.option(metadata, { nil: undefined }), async (drawn, strangeMetadata) => {
        const json = Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name, value?.()]));
        const hasMetadata = 'metadata' in fields && strangeMetadata !== undefined;
        await expectNoFaultOfOurs(method, path, hasMetadata ? { ...json, metadata: strangeMetadata } : json);
      }),
      { numRuns: 60 },
    );
  });

  it.each(Object.keys(bodies))('in place of the body of %s is the client’s fault', async (route) => {
    const [method, path = ''] = route.split(' ') as [Method, string];
    await fc.assert(
      fc.asyncProperty(anything, (json) => expectNoFaultOfOurs(method, path, json)),
      { numRuns: 20 },
    );
  });

  it.each(Object.entries(queries))('in the query of %s is the client’s fault', async (path, names) => {
    const query = fc.dictionary(fc.constantFrom(...names), anything, { minKeys: 1, maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(query, async (drawn) => {
        const parameters = new URLSearchParams(
          Object.entries(drawn).map(([name, value]): [string, string] => [name, asText(value)]),
        );
        if (`${parameters}`.length > 8_000) return;
        await expectNoFaultOfOurs('GET', `${path}?${parameters}`);
      }),
      { numRuns: 150 },
    );
  });

  it('in the path is the client’s fault', async () => {
    const segment = anything.map((value) => encodeURIComponent(asText(value).toWellFormed())).filter(Boolean);
    await fc.assert(
      fc.asyncProperty(segment, segment, async (first, second) => {
        if (first.length + second.length > 8_000) return;
        for (const path of [
          `/v1/files/${first}`,
          `/v1/files/${first}/shares/${second}`,
          `/v1/files/:id/shares/${second}`,
          `/v1/${first}/${second}`,
        ]) {
          await expectNoFaultOfOurs('GET', path);
          await expectNoFaultOfOurs('PUT', path, {});
        }
      }),
      { numRuns: 60 },
    );
  });
});
