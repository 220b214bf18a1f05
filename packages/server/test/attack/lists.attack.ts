import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { expectAlive, hosts } from './alive.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

let tenant: AttackedTenant;
beforeAll(async () => {
  tenant = await createAttackedTenant();
  await uploadFile(tenant.user('alice'), {
    originalName: "100% of_a\\'b.txt".replace('\\', ''),
    visibility: 'public',
  });
});
afterAll(expectAlive);

describe('a method that is not there', () => {
  it.each(['QUERY', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])(
    '%s is answered 405, and changes nothing',
    async (method) => {
      const answer = await fetch(`${hosts().api}/v1/files`, { method, headers: tenant.guest.headers });
      await answer.arrayBuffer();
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, expect.stringContaining('GET')]);
    },
  );
});

describe('a list', () => {
  it.each([
    ['page=1001&limit=100', 400],
    ['page=100001&limit=1', 400],
    ['page=999999999&limit=100', 400],
    ['page=1e9', 400],
    ['limit=101', 400],
    ['limit=0', 400],
    ['limit=-1', 400],
    ['page=0', 400],
    ['visibility=everything', 400],
    ['tag=a&tag=b', 400],
    ['cursor=nonsense', 400],
    [`cursor=${Buffer.from('{"id":1}').toString('base64url')}`, 400],
    ['sortBy=ownerId', 400],
    ['sortBy=originalName;drop table files', 400],
  ])('with %s is answered %s', async (query, status) => {
    expect((await tenant.guest.send('GET', `/v1/files?${encodeURI(query)}`)).status).toBe(status);
  });

  it('does not look for a text of 5,000 letters', async () => {
    expect((await tenant.guest.send('GET', `/v1/files?search=${'x'.repeat(5_000)}`)).status).toBe(400);
  });

  it('names the cursor where a page is too far', async () => {
    const refusal = await tenant.guest.refusal('GET', '/v1/files?page=1001&limit=100');
    expect(JSON.stringify(refusal.details)).toContain('cursor');
  });

  it.each(['%', '_', '\\', "'", '"', '%%%', '%_%_%_%', '\\%', ')', '.*', '(a+)+$'])(
    'takes %s for text to look for, and nothing else',
    async (text) => {
      const query = new URLSearchParams({ search: text });
      const { items } = await tenant.guest.ask<{ items: { originalName: string }[] }>(
        'GET',
        `/v1/files?${query}`,
      );
      for (const { originalName } of items) expect(originalName).toContain(text);
    },
  );
});
