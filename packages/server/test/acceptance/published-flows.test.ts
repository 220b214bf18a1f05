import { randomBytes } from 'node:crypto';
import type {
  CompleteMultipartAnswer,
  DownloadUrlAnswer,
  FileView,
  InitMultipartAnswer,
  ListFilesAnswer,
  PresignPartsAnswer,
  PresignUploadAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/**
 * The flows as an app does them that was written against the published documentation: the same helper, the same headers,
 * the same fields and no others.
 */

const { apiUrl } = inject('service');
let tenant: Tenant;
let accessToken: string;

beforeAll(async () => {
  tenant = await createTenant();
  accessToken = await signToken({ userId: 'app-user', environment: tenant.environment });
});

interface HelperOptions {
  readonly method?: string;
  readonly body?: object | string;
}

/** The documentation's fetch helper, in what matters to a server: which headers it sends and how it reads errors. */
async function appFetch<Answer>(path: string, options: HelperOptions = {}): Promise<Answer> {
  const response = await fetch(apiUrl + path, {
    method: options.method ?? 'GET',
    headers: {
      'Content-Type': 'application/json',
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${accessToken}`,
    },
    ...(options.body !== undefined && {
      body: typeof options.body === 'object' ? JSON.stringify(options.body) : options.body,
    }),
  });
  // Apps do not check either.
  const json = (await response.json()) as Answer & { message: string };
  if (!response.ok) throw new Error(json.message);
  return json;
}

const image = new File([randomBytes(2_048)], 'profile.jpg', { type: 'image/jpeg' });

async function uploadImage(visibility = 'private') {
  const presigned = await appFetch<PresignUploadAnswer>('/v1/files/presigned-url', {
    method: 'POST',
    body: {
      filename: image.name,
      contentType: image.type,
      fileSize: image.size,
      visibility,
      category: 'images',
    },
  });
  const put = await fetch(presigned.url, {
    method: 'PUT',
    headers: { 'Content-Type': image.type },
    body: image,
  });
  expect(put.status).toBe(200);
  const file = await appFetch<FileView>('/v1/files', {
    method: 'POST',
    body: {
      s3Key: presigned.key,
      originalName: image.name,
      mimeType: image.type,
      size: image.size,
      visibility,
    },
  });
  return { presigned, file };
}

describe('an app written against the published documentation', () => {
  it('uploads a file in three steps', async () => {
    const { presigned, file } = await uploadImage();
    expect(presigned).toMatchObject({
      url: expect.stringMatching(/^https?:\/\//),
      filename: 'profile.jpg',
      contentType: 'image/jpeg',
    });
    expect(file).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      s3Key: presigned.key,
      originalName: 'profile.jpg',
      mimeType: 'image/jpeg',
      size: 2_048,
      visibility: 'private',
      ownerId: 'app-user',
      ownerType: 'user',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it('sends a body that it has made text of itself', async () => {
    const presigned = await appFetch<PresignUploadAnswer>('/v1/files/presigned-url', {
      method: 'POST',
      body: JSON.stringify({
        filename: image.name,
        contentType: image.type,
        fileSize: image.size,
        visibility: 'private',
      }),
    });
    expect(presigned.key).toContain('/images/');
  });

  it('reads, lists, renames, downloads and deletes its file', async () => {
    const { file } = await uploadImage();
    expect(await appFetch(`/v1/files/${file.id}`)).toEqual(file);

    const parameters = new URLSearchParams({
      page: '1',
      limit: '20',
      visibility: 'private',
      sortBy: 'createdAt',
      sortDirection: 'desc',
    });
    const list = await appFetch<ListFilesAnswer>(`/v1/files?${parameters}`);
    expect(list.items.map(({ id }) => id)).toContain(file.id);
    expect(list.pagination).toMatchObject({ page: 1, limit: 20, hasPrevPage: false });

    const updated = await appFetch(`/v1/files/${file.id}`, {
      method: 'PATCH',
      body: {
        originalName: 'new-profile.jpg',
        visibility: 'public',
        metadata: { description: 'Updated profile image' },
      },
    });
    expect(updated).toMatchObject({ id: file.id, originalName: 'new-profile.jpg', visibility: 'public' });

    const posted = await appFetch<DownloadUrlAnswer>(`/v1/files/${file.id}/download-url`, { method: 'POST' });
    const fetched = await appFetch<DownloadUrlAnswer>(`/v1/files/${file.id}/download-url`);
    for (const { url, filename, contentType, size } of [posted, fetched]) {
      expect({ filename, contentType, size }).toEqual({
        filename: 'new-profile.jpg',
        contentType: 'image/jpeg',
        size: 2_048,
      });
      const download = await fetch(url);
      expect(Buffer.from(await download.arrayBuffer())).toEqual(Buffer.from(await image.arrayBuffer()));
    }

    expect(await appFetch(`/v1/files/${file.id}`, { method: 'DELETE' })).toEqual({});
    await expect(appFetch(`/v1/files/${file.id}`)).rejects.toThrow(/no such file/i);
  });

  it('uploads a large file in parts of its own size, one after the other', async () => {
    const partSize = 10 * 1024 * 1024;
    const video = new File([randomBytes(partSize), randomBytes(1_000)], 'video.mp4', { type: 'video/mp4' });
    const { uploadId, key } = await appFetch<InitMultipartAnswer>('/v1/files/multipart/init', {
      method: 'POST',
      body: {
        filename: video.name,
        contentType: video.type,
        fileSize: video.size,
        visibility: 'private',
        category: 'media',
      },
    });
    const parts = [];
    for (let start = 0, partNumber = 1; start < video.size; start += partSize, partNumber += 1) {
      const { url = '' } = await appFetch<PresignPartsAnswer>('/v1/files/multipart/presigned-url', {
        method: 'POST',
        body: { key, uploadId, partNumber },
      });
      const put = await fetch(url, { method: 'PUT', body: video.slice(start, start + partSize) });
      parts.push({ partNumber, etag: put.headers.get('ETag') });
    }
    const completed = await appFetch<CompleteMultipartAnswer>('/v1/files/multipart/complete', {
      method: 'POST',
      body: { key, uploadId, parts },
    });
    expect(completed).toEqual({ key, location: expect.stringContaining(key) });

    const file = await appFetch<FileView>('/v1/files', {
      method: 'POST',
      body: { s3Key: key, originalName: video.name, mimeType: video.type, size: video.size },
    });
    const { url } = await appFetch<DownloadUrlAnswer>(`/v1/files/${file.id}/download-url`, {
      method: 'POST',
    });
    const download = await fetch(url);
    const bytes = Buffer.from(await download.arrayBuffer());
    expect(bytes.equals(Buffer.from(await video.arrayBuffer()))).toBe(true);
  });

  it('gives a large upload up', async () => {
    const { uploadId, key } = await appFetch<InitMultipartAnswer>('/v1/files/multipart/init', {
      method: 'POST',
      body: { filename: 'video.mp4', contentType: 'video/mp4', fileSize: 104_857_600 },
    });
    const aborted = await appFetch('/v1/files/multipart/abort', { method: 'POST', body: { key, uploadId } });
    expect(aborted).toEqual({ success: true, key });
  });

  it('lists public files with no token at all', async () => {
    const { file } = await uploadImage('public');
    const response = await fetch(`${apiUrl}/v1/files?visibility=public`, {
      headers: { 'X-API-Key': tenant.publishable.key },
    });
    const { items } = (await response.json()) as ListFilesAnswer;
    expect(items.map(({ id }) => id)).toContain(file.id);
  });

  it('learns from a 401 that its token has expired', async () => {
    const expired = await signToken({
      userId: 'app-user',
      environment: tenant.environment,
      expiresInSeconds: -60,
    });
    const response = await fetch(`${apiUrl}/v1/files`, {
      headers: { 'X-API-Key': tenant.publishable.key, Authorization: `Bearer ${expired}` },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'auth/access-token-expired' } });
  });
});
