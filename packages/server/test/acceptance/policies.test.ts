import type { FileView, InitMultipartAnswer, PresignUploadAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { replaceContents, sendContents } from '../../../test-support/src/api/contents.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/** Every rule of a policy at every door: a route that gives a file its type, size, category or visibility. */
type Given = 'contents' | 'category' | 'visibility';

interface Door {
  readonly gives: readonly Given[];
  /** Prepares a request for a private text of 5 bytes in `documents`, while everything is allowed. @returns the request */
  prepare(): Promise<() => Promise<{ readonly code: string; readonly details: object }>>;
}

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

const wanted = { contentType: 'text/plain', fileSize: 5, category: 'documents', visibility: 'private' };
const everything = ['contents', 'visibility'] as const;
const ofItem = (code: string, details: object = {}) => ({ code, details });
interface Batch {
  readonly error: { readonly code: string; readonly details: object };
}

const doors: Readonly<Record<string, Door>> = {
  'post /v1/files/presigned-url': {
    gives: everything,
    prepare: async () => () =>
      alice.refusal('POST', '/v1/files/presigned-url', { filename: 'a.txt', ...wanted }),
  },
  'post /v1/files/presigned-urls': {
    gives: everything,
    prepare: async () => async () => {
      const body = { files: [{ filename: 'a.txt', ...wanted }] };
      const { uploads } = await alice.ask<{ uploads: Batch[] }>('POST', '/v1/files/presigned-urls', body);
      return uploads[0]?.error ?? ofItem('allowed');
    },
  },
  'post /v1/files/multipart/init': {
    gives: everything,
    prepare: async () => () =>
      alice.refusal('POST', '/v1/files/multipart/init', { filename: 'a.txt', ...wanted }),
  },
  'post /v1/files/multipart/initiate': {
    gives: everything,
    prepare: async () => () =>
      alice.refusal('POST', '/v1/files/multipart/initiate', { filename: 'a.txt', ...wanted }),
  },
  'post /v1/files/{fileId}/complete': {
    gives: everything,
    async prepare() {
      const { s3Key } = await sendFile(alice);
      const id = /([0-9a-f-]{36})(?:\.|$)/.exec(s3Key)?.[1];
      return () => alice.refusal('POST', `/v1/files/${id}/complete`);
    },
  },
  'patch /v1/files/{fileId}/visibility': {
    gives: ['visibility'],
    async prepare() {
      const { id } = await uploadFile(alice, { visibility: 'public' });
      return () => alice.refusal('PATCH', `/v1/files/${id}/visibility`, { visibility: 'private' });
    },
  },
  'post /v1/files': {
    gives: everything,
    async prepare() {
      const registration = await sendFile(alice);
      return () => alice.refusal('POST', '/v1/files', registration);
    },
  },
  'post /v1/files/batch': {
    gives: everything,
    async prepare() {
      const files = [await sendFile(alice)];
      return async () => {
        const { results } = await alice.ask<{ results: Batch[] }>('POST', '/v1/files/batch', { files });
        return results[0]?.error ?? ofItem('allowed');
      };
    },
  },
  'post /v1/files/{fileId}/copy': {
    gives: everything,
    async prepare() {
      const { id } = await uploadFile(alice);
      return () => alice.refusal('POST', `/v1/files/${id}/copy`, { visibility: 'private' });
    },
  },
  'post /v1/files/{fileId}/content/presigned-url': {
    gives: ['contents'],
    async prepare() {
      const { id } = await uploadFile(alice);
      const body = { contentType: 'text/plain', fileSize: 5 };
      return () => alice.refusal('POST', `/v1/files/${id}/content/presigned-url`, body);
    },
  },
  'put /v1/files/{fileId}/content': {
    gives: ['contents'],
    async prepare() {
      const { id } = await uploadFile(alice);
      const contents = await sendContents(alice, id, { bytes: new TextEncoder().encode('other') });
      return () => alice.refusal('PUT', `/v1/files/${id}/content`, contents);
    },
  },
  'patch /v1/files/{fileId}': {
    gives: ['category', 'visibility'],
    async prepare() {
      const { id } = await uploadFile(alice, { category: 'attachments', visibility: 'public' });
      return () =>
        alice.refusal('PATCH', `/v1/files/${id}`, { category: 'documents', visibility: 'private' });
    },
  },
  'post /v1/files/bulk-update': {
    gives: ['category', 'visibility'],
    async prepare() {
      const { id } = await uploadFile(alice, { category: 'attachments', visibility: 'public' });
      const set = { category: 'documents', visibility: 'private' };
      return async () => {
        const answer = await alice.ask<{ failed: { code: string }[] }>('POST', '/v1/files/bulk-update', {
          ids: [id],
          set,
        });
        return ofItem(answer.failed[0]?.code ?? 'allowed');
      };
    },
  },
};

/** Routes that change something, and give no file a type, size, category or visibility that it did not have. */
const otherRoutes: readonly string[] = [
  'patch /v1/environment',
  'post /v1/files/download-urls',
  'post /v1/files/bulk-delete',
  'post /v1/files/bulk-restore',
  'post /v1/files/multipart/presigned-url',
  'post /v1/files/multipart/complete',
  'post /v1/files/multipart/abort',
  'post /v1/files/multipart/{uploadId}/part-url',
  'post /v1/files/multipart/{uploadId}/complete',
  'post /v1/files/multipart/{uploadId}/abort',
  'post /v1/files/{fileId}/download-url',
  'post /v1/files/{fileId}/image-url',
  'post /v1/files/{fileId}/restore',
  'post /v1/files/{fileId}/versions/{versionId}/restore',
  'put /v1/files/{fileId}/shares',
  'put /v1/files/{fileId}/shares/{userId}',
  'put /v1/folders/{path}',
  'post /v1/folders/move',
  'post /v1/webhooks',
  'patch /v1/webhooks/{webhookId}',
  'post /v1/webhooks/{webhookId}/rotate-secret',
  'post /v1/webhooks/{webhookId}/test',
  'post /v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
  // Doors of images, tried below.
  'post /v1/users/{userId}/avatar/upload-url',
  'patch /v1/users/{userId}/avatar',
];

const rules: readonly { rule: string; value: unknown; refuses: readonly Given[] }[] = [
  { rule: 'uploads.allowedTypes', value: ['image/*', 'application/pdf'], refuses: ['contents', 'category'] },
  { rule: 'uploads.blockedTypes', value: ['text/*'], refuses: ['contents', 'category'] },
  {
    rule: 'uploads.categories.documents.allowedTypes',
    value: ['application/pdf'],
    refuses: ['contents', 'category'],
  },
  {
    rule: 'uploads.categories.documents.blockedTypes',
    value: ['text/plain'],
    refuses: ['contents', 'category'],
  },
  {
    rule: 'uploads.categories.documents.maxFileBytes',
    value: 4,
    refuses: ['contents', 'category'],
  },
  { rule: 'uploads.allowedVisibilities', value: ['public', 'shared'], refuses: ['visibility'] },
];

async function setRules(settings: object): Promise<void> {
  await tenant.admin.ask('PATCH', '/v1/environment', settings);
}

describe.each(rules)('the rule $rule', ({ rule, value, refuses }) => {
  it('is kept at every door, and named', async () => {
    const field = /^(uploads\.categories\.documents)\.(\w+)$/.exec(rule);
    const name = field?.[1] ?? rule;
    const asked = Object.entries(doors).filter(([, { gives }]) =>
      gives.some((each) => refuses.includes(each)),
    );
    const requests = await Promise.all(
      asked.map(async ([door, { prepare }]) => [door, await prepare()] as const),
    );
    await setRules({
      [name]: field?.[2] === undefined ? value : { [field[2]]: value },
      ...(rule === 'uploads.allowedVisibilities' && { 'uploads.defaultVisibility': 'shared' }),
    });
    try {
      for (const [door, request] of requests) {
        const { code, details } = await request();
        expect([door, code]).toEqual([door, 'file/policy-violation']);
        // A bulk call answers with codes alone.
        if (door !== 'post /v1/files/bulk-update') expect(details).toMatchObject({ rule });
      }
    } finally {
      await setRules({ [name]: null, 'uploads.defaultVisibility': null });
    }
  });
});

it('every route that writes is a door, or is known to be none', async () => {
  const answer = await fetch(`${inject('service').apiUrl}/openapi.json`);
  // The service's own description.
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
  const writing = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => ['post', 'put', 'patch'].includes(method))
      .map((method) => `${method} ${path}`),
  );
  expect(writing.sort()).toEqual([...Object.keys(doors), ...otherRoutes].sort());
});

it('avatars keep the policy, when their URL is asked for and when they are set', async () => {
  const avatar = '/v1/users/alice/avatar';
  const { url, key } = await alice.ask<{ url: string; key: string }>('POST', `${avatar}/upload-url`, {
    filename: 'me.png',
  });
  const sent = await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'image/png' }, body: 'png' });
  expect(sent.status).toBe(200);
  await setRules({ 'uploads.categories.images': { blockedTypes: ['image/png'] } });
  const rule = 'uploads.categories.images.blockedTypes';
  for (const refusal of [
    await alice.refusal('POST', `${avatar}/upload-url`, { filename: 'me.png' }),
    await alice.refusal('PATCH', avatar, { s3Key: key }),
  ]) {
    const message = 'Files of category images may not be of type image/png here.';
    expect(refusal).toMatchObject({ code: 'file/policy-violation', message, details: { rule } });
  }
  await setRules({ 'uploads.categories.images': null });
});

describe('what a policy does not touch', () => {
  it('stays: a file keeps a type and a visibility that are allowed no more, and may be changed otherwise', async () => {
    const { id } = await uploadFile(alice, { visibility: 'public' });
    await setRules({ 'uploads.blockedTypes': ['text/*'], 'uploads.allowedVisibilities': ['private'] });
    const changed = await alice.ask<FileView>('PATCH', `/v1/files/${id}`, {
      originalName: 'b.txt',
      visibility: 'public',
    });
    expect(changed).toMatchObject({ originalName: 'b.txt', visibility: 'public' });
    await setRules({ 'uploads.blockedTypes': null });
    const contents = await replaceContents(alice, id, { bytes: new TextEncoder().encode('other') });
    expect(contents.visibility).toBe('public');
    await setRules({ 'uploads.allowedVisibilities': null });
  });

  it('an upload that was refused may be registered as the policy allows', async () => {
    const registration = await sendFile(alice);
    await setRules({ 'uploads.allowedVisibilities': ['public'], 'uploads.defaultVisibility': 'public' });
    expect((await alice.refusal('POST', '/v1/files', registration)).code).toBe('file/policy-violation');
    const file = await alice.ask<FileView>('POST', '/v1/files', { ...registration, visibility: 'public' });
    expect(file.visibility).toBe('public');
    await setRules({ 'uploads.allowedVisibilities': null, 'uploads.defaultVisibility': null });
  });

  it('uploads that name no visibility get the default of the environment, single and multipart', async () => {
    await setRules({ 'uploads.defaultVisibility': 'protected' });
    expect((await uploadFile(alice)).visibility).toBe('protected');
    const { key } = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      filename: 'a.txt',
      contentType: 'text/plain',
      fileSize: 5,
    });
    expect(key).toContain('/documents/');
    await setRules({ 'uploads.defaultVisibility': null });
    const again = { filename: 'a.txt', contentType: 'text/plain' };
    await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', again);
    expect((await uploadFile(alice)).visibility).toBe('private');
  });
});
