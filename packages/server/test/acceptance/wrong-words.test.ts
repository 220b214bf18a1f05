import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listFiles } from '../../../test-support/src/api/lists.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { speak, statusesIn } from '../../../test-support/src/network/raw-http.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl } = inject('service');
const unknownId = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
let alice: Client;
beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

async function issuesOf(method: 'GET' | 'PUT' | 'PATCH' | 'POST', path: string, body?: string) {
  const response = await fetch(apiUrl + path, {
    method,
    headers: { ...alice.headers, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const { error } = (await response.json()) as { error: { code: string; details: { issues?: unknown } } };
  return { status: response.status, code: error.code, issues: error.details.issues };
}

describe('a refusal names what is wrong', () => {
  it.each([256, 300, 5_000])('when a path has an id of %i characters', async (length) => {
    const id = 'x'.repeat(length);
    for (const path of [`/v1/files/${id}`, `/v1/files/${id}/shares`, `/v1/files/${id}/shares/bob`]) {
      expect(await issuesOf('GET', path)).toEqual({
        status: 400,
        code: 'common/invalid-parameters',
        issues: [{ field: 'path.fileId', message: expect.stringContaining('255') }],
      });
    }
    const ofUser = await issuesOf('PUT', `/v1/files/${unknownId}/shares/${id}`);
    expect(ofUser.issues).toEqual([{ field: 'path.userId', message: expect.stringContaining('255') }]);
  });

  it.each([
    ['{"metadata":5}', 'metadata', 'must be object or null'],
    ['{"metadata":{"description":5}}', 'metadata.description', 'must be string or null'],
    ['{"metadata":{"tags":[5]}}', 'metadata.tags[0]', 'must be string'],
    ['{"metadata":{"wrong":"a"}}', 'metadata.wrong', 'is not a field of this object'],
  ])('once, where it may be of several types: %s', async (body, field, message) => {
    const { issues } = await issuesOf('PATCH', `/v1/files/${unknownId}`, body);
    expect(issues).toEqual([{ field, message }]);
  });

  it('when a body reaches for prototypes', async () => {
    for (const body of [
      '{"metadata":{"custom":{"__proto__":{"a":1}}}}',
      '{"metadata":{"custom":{"constructor":{"prototype":{}}}}}',
    ]) {
      const refusal = await issuesOf('PATCH', `/v1/files/${unknownId}`, body);
      expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
      expect(refusal.issues).toEqual([{ field: 'body', message: expect.stringContaining('"__proto__"') }]);
    }
  });

  it('when a date is in a leap second, or none', async () => {
    for (const field of ['createdAfter', 'createdBefore']) {
      for (const value of ['2016-12-31T23:59:60Z', '2026-01-31', 'yesterday', '2026-02-30T00:00:00Z']) {
        const { status, issues } = await issuesOf('GET', `/v1/files?${field}=${value}`);
        expect({ status, issues }).toEqual({
          status: 400,
          issues: [{ field: `query.${field}`, message: expect.any(String) }],
        });
      }
    }
  });

  it('when a user’s id would be taken out of URLs', async () => {
    const file = await uploadFile(alice);
    for (const userId of ['.', '..']) {
      const refusal = await alice.refusal('PATCH', `/v1/files/${file.id}`, { sharedWith: [userId] });
      expect(refusal).toMatchObject({ status: 400, code: 'common/invalid-parameters' });
    }
  });

  it.each(['1e400', '12345678901234567890'])('when metadata has the number %s', async (number) => {
    const file = await uploadFile(alice);
    const path = `/v1/files/${file.id}`;
    const refusal = await issuesOf('PATCH', path, `{"metadata":{"custom":{"n":${number}}}}`);
    expect(refusal).toMatchObject({ status: 400, issues: [{ field: 'metadata' }] });
  });
});

describe('the API', () => {
  it.each(['gzip', 'deflate', 'br', 'x-unknown', 'gzip, gzip'])(
    'takes no body coded as %s',
    async (coding) => {
      const response = await fetch(`${apiUrl}/v1/files/presigned-url`, {
        method: 'POST',
        headers: { ...alice.headers, 'Content-Type': 'application/json', 'Content-Encoding': coding },
        body: '{"filename":"a.txt","contentType":"text/plain"}',
      });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect(await response.json()).toMatchObject({ error: { code: 'common/unsupported-media-type' } });
    },
  );

  it('lists files of all types for */*', async () => {
    const file = await uploadFile(alice);
    const { items } = await listFiles(alice, { mimeType: '*/*' });
    expect(items.map(({ id }) => id)).toContain(file.id);
  });

  it.each(['QUERY', 'PROPFIND', 'TRACE', 'SEARCH', 'MKCOL', 'PURGE', 'FOO', 'get'])(
    'says which methods there are in place of %s',
    async (method) => {
      const key = `X-API-Key: ${alice.headers['X-API-Key']}`;
      const answer = await speak(
        apiUrl,
        `${method} /v1/files HTTP/1.1\r\nHost: h\r\n${key}\r\nConnection: close\r\n\r\n`,
      );
      expect(statusesIn(answer)).toEqual([405]);
      expect(answer).toMatch(/^Allow: .*GET.*\r$/im);
      expect(answer).toContain('"common/method-not-allowed"');
    },
  );

  it('refuses CONNECT in words', async () => {
    const answer = await speak(apiUrl, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    expect(statusesIn(answer)).toEqual([405]);
  });
});
