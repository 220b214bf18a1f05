import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErrorBody, type ErrorCode, errorCodes } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient, requireErrorShape } from '../../../test-support/src/api/client.ts';
import { ifMatch, sendContents } from '../../../test-support/src/api/contents.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { clamdMarkers } from '../../../test-support/src/network/fake-clamd.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { operate } from '../../../test-support/src/process/operate.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import type { RunningService } from '../../../test-support/src/service/start-service.ts';
import { createKey, createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl, env, imagesUrl } = inject('service');
let tenant: Tenant;
/** Its environment has a scanner. */
let scanned: Tenant;
let alice: Client;
let bob: Client;

/** An S3 that is there when the API starts, and afterwards has whatever is wrong with it that the test wants. */
let store: Server;
let fault: { status: number; code: string } | undefined;
/** APIs of their own, for refusals that a healthy service does not give. */
let faulty: RunningService;
let limited: RunningService;

beforeAll(async () => {
  [tenant, scanned] = await Promise.all([createTenant(), createTenant()]);
  await scanned.admin.ask('PATCH', '/v1/environment', { scanner: true });
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
  store = createServer((request, response) => {
    request.resume();
    if (fault === undefined) response.writeHead(200).end();
    else {
      const body = request.method === 'HEAD' ? '' : `<Error><Code>${fault.code}</Code></Error>`;
      response.writeHead(fault.status, { 'Content-Type': 'application/xml' }).end(body);
    }
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  const { port } = store.address() as AddressInfo;
  [faulty, limited] = await Promise.all([
    startOtherApi({
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_BUCKET: 'faulty',
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: 'test',
      S3_SECRET_ACCESS_KEY: 'test',
    }),
    startOtherApi({ BKEND_RATE_LIMIT: '1' }),
  ]);
});

afterAll(async () => {
  await Promise.all([faulty, limited].map((api) => api?.[Symbol.asyncDispose]()));
  store.closeAllConnections();
  await new Promise((resolve) => store.close(resolve));
});

const presign = { filename: 'a.txt', contentType: 'text/plain' };
const refusedPresign = (fields: object) =>
  alice.refusal('POST', '/v1/files/presigned-url', { ...presign, ...fields });
const withKey = (headers: Record<string, string>) =>
  createClient(apiUrl, headers).refusal('GET', '/v1/files');

/** A request as it stands; the answer is held against the one shape of refusals. */
async function refusedRaw(path: string, init: RequestInit) {
  const response = await fetch(apiUrl + path, { ...init, headers: { ...alice.headers, ...init.headers } });
  // Held against the shape in the next line.
  const json = (await response.json()) as ErrorBody;
  requireErrorShape({ status: response.status, headers: response.headers, json });
  return { status: response.status, code: json.error.code };
}

/** An upload of many parts on the API whose store is at fault. */
async function refusedByStore(status: number, code: string) {
  fault = { status, code };
  const client = createClient(faulty.apiUrl, alice.headers);
  return client.refusal('POST', '/v1/files/multipart/init', { ...presign, fileSize: 1 });
}

async function newUpload() {
  const init = { ...presign, fileSize: 1 };
  return alice.ask<{ key: string; uploadId: string }>('POST', '/v1/files/multipart/init', init);
}

/** The first refusal with this status of a download of bytes with this marker. */
async function refusedScan(marker: 'hangsUp' | 'infected', status: number) {
  const { id } = await uploadFile(scanned.admin, { bytes: new TextEncoder().encode(clamdMarkers[marker]) });
  return eventually('it is refused', async () => {
    const refusal = await scanned.admin.refusal('GET', `/v1/files/${id}/download-url`).catch(() => undefined);
    return refusal?.status === status ? refusal : undefined;
  });
}

const newWebhook = () =>
  tenant.admin.ask<{ id: string }>('POST', '/v1/webhooks', { url: 'https://8.8.8.8/' });

interface Refused {
  readonly status: number;
  readonly code: string;
}

/** How to be refused with every code there is; a code without an entry does not compile. */
const ways: Record<Exclude<ErrorCode, 'common/internal-error'>, () => Promise<Refused>> = {
  'common/authentication-required': () => tenant.guest.refusal('POST', '/v1/files/presigned-url', presign),
  'auth/invalid-access-token': () =>
    withKey({ 'X-API-Key': tenant.publishable.key, Authorization: 'Bearer x' }),
  'auth/access-token-expired': async () => {
    const token = await signToken({ userId: 'alice', expiresInSeconds: -60 });
    return withKey({ 'X-API-Key': tenant.publishable.key, Authorization: `Bearer ${token}` });
  },
  'auth/invalid-api-key': () => withKey({}),
  'auth/api-key-expired': async () => {
    const { key } = await createKey(['--type', 'secret', '--project', tenant.project, '--expires-in', '1s']);
    const client = createClient(apiUrl, { 'X-API-Key': key });
    await eventually('the key has expired', async () => {
      const { status } = await client.send('GET', '/v1/files');
      return status === 401 || undefined;
    });
    return client.refusal('GET', '/v1/files');
  },
  'auth/api-key-revoked': async () => {
    const { id, key } = await createKey(['--type', 'secret', '--project', tenant.project]);
    await operate(['keys', 'revoke', id], env);
    return withKey({ 'X-API-Key': key });
  },
  'environment/deleting': async () => {
    const { admin, environment } = await createTenant();
    await operate(['environments', 'delete', environment, '--yes'], env);
    return eventually('it is being deleted', async () => {
      const refused = await admin.refusal('GET', '/v1/files').catch(() => undefined);
      return refused;
    });
  },
  'auth/scope-insufficient': async () => {
    const words = ['--type', 'secret', '--project', tenant.project, '--scopes', 'files:write'];
    return withKey({ 'X-API-Key': (await createKey(words)).key });
  },

  'common/invalid-parameters': () => refusedPresign({ visibility: 'secret' }),
  'common/not-found': () => alice.refusal('GET', '/v1/nothing'),
  'common/method-not-allowed': () => alice.refusal('PUT', '/v1/files'),
  'common/payload-too-large': () => refusedPresign({ filename: 'x'.repeat(1024 * 1024) }),
  'common/unsupported-media-type': () =>
    refusedRaw('/v1/files', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'x' }),
  'common/too-many-requests': async () => {
    const client = createClient(limited.apiUrl, alice.headers);
    await client.send('GET', '/v1/files');
    return client.refusal('GET', '/v1/files');
  },
  'common/unavailable': () => refusedByStore(503, 'SlowDown'),

  'file/not-found': () => alice.refusal('GET', '/v1/files/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000'),
  'file/version-not-found': async () =>
    alice.refusal('GET', `/v1/files/${(await uploadFile(alice)).id}/download-url?versionId=x`),
  'file/operation-not-found': () =>
    alice.refusal('GET', '/v1/operations/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000'),
  'file/version-conflict': async () => {
    const { id } = await uploadFile(alice);
    const request = await sendContents(alice, id, { bytes: new Uint8Array(1) });
    return ifMatch(apiUrl, alice, 'other').refusal('PUT', `/v1/files/${id}/content`, request);
  },
  'file/access-denied': async () => bob.refusal('GET', `/v1/files/${(await uploadFile(alice)).id}`),
  'file/invalid-name': () => refusedPresign({ filename: '..' }),
  'file/invalid-folder': () => refusedPresign({ folder: '/' }),
  'file/original-name-too-long': () => refusedPresign({ filename: 'x'.repeat(256) }),
  'file/mime-type-too-long': () => refusedPresign({ contentType: `a/${'x'.repeat(126)}` }),
  'file/s3-key-too-long': async () =>
    alice.refusal('POST', '/v1/files', { ...(await sendFile(alice)), s3Key: 'k'.repeat(1_025) }),
  'file/file-too-large': () => refusedPresign({ fileSize: 5 * 1024 ** 3 + 1 }),
  'file/file-too-small': () => refusedPresign({ fileSize: 0 }),
  'file/policy-violation': async () => {
    const { admin } = await createTenant();
    await admin.ask('PATCH', '/v1/environment', { 'uploads.blockedTypes': ['text/*'] });
    return admin.refusal('POST', '/v1/files/presigned-url', presign);
  },
  'file/quota-exceeded': async () => {
    const { admin } = await createTenant();
    await admin.ask('PATCH', '/v1/environment', { 'quotas.files': 0 });
    return admin.refusal('POST', '/v1/files/presigned-url', presign);
  },
  'file/scan-pending': () => refusedScan('hangsUp', 409),
  'file/content-refused': () => refusedScan('infected', 422),
  'file/size-negative': () => refusedPresign({ fileSize: -1 }),
  'file/invalid-format': () => refusedPresign({ category: 'images' }),
  'file/unsupported-image': async () => {
    const file = await uploadFile(alice, {
      ...{ originalName: 'a.psd', mimeType: 'image/vnd.adobe.photoshop', visibility: 'public' },
      bytes: new TextEncoder().encode('8BPS\0\x01 and so on'),
    });
    const response = await fetch(`${imagesUrl}/10x10/${file.s3Key}`);
    // Held against the shape in the next line.
    const json = (await response.json()) as ErrorBody;
    requireErrorShape({ status: response.status, headers: response.headers, json });
    return { status: response.status, code: json.error.code };
  },
  'file/invalid-path': async () =>
    alice.refusal('POST', '/v1/files', { ...(await sendFile(alice)), s3Key: 'files/a1b2c3d4/a.txt' }),
  'file/too-many-open-uploads': async () => {
    const other = await createTenant();
    await other.admin.ask('PATCH', '/v1/environment', { 'quotas.openUploads': 0 });
    return other.admin.refusal('POST', '/v1/files/presigned-url', presign);
  },
  'file/upload-not-found': async () => {
    const { key } = await newUpload();
    return alice.refusal('POST', '/v1/files/multipart/abort', { key, uploadId: 'x' });
  },
  'file/upload-incomplete': async () => {
    const { key } = await alice.ask<{ key: string }>('POST', '/v1/files/presigned-url', presign);
    return alice.refusal('POST', '/v1/files', {
      s3Key: key,
      originalName: 'a.txt',
      mimeType: 'text/plain',
      size: 1,
    });
  },
  'file/content-mismatch': async () =>
    alice.refusal(
      'POST',
      '/v1/files',
      await sendFile(alice, {
        ...{ originalName: 'a.png', mimeType: 'image/png', bytes: new TextEncoder().encode('text') },
      }),
    ),
  'file/size-mismatch': async () =>
    alice.refusal('POST', '/v1/files', { ...(await sendFile(alice)), size: 6 }),
  'file/s3-key-already-exists': async () => {
    const registration = await sendFile(alice);
    await alice.ask('POST', '/v1/files', registration);
    return alice.refusal('POST', '/v1/files', registration);
  },
  'file/total-changed': () =>
    alice.refusal('POST', '/v1/files/bulk-delete', { filter: { tag: 'none' }, expectedTotal: 1 }),
  'file/invalid-part-number-range': async () =>
    alice.refusal('POST', '/v1/files/multipart/presigned-url', {
      ...(await newUpload()),
      partNumber: 10_001,
    }),
  'file/invalid-parts-array': async () =>
    alice.refusal('POST', '/v1/files/multipart/complete', { ...(await newUpload()), parts: [] }),
  'file/upload-init-failed': () => refusedByStore(400, 'InvalidRequest'),
  'file/bucket-not-configured': async () => {
    const registration = await sendFile(alice);
    fault = { status: 403, code: 'AccessDenied' };
    return createClient(faulty.apiUrl, alice.headers).refusal('POST', '/v1/files', registration);
  },
  'user/forbidden': () => alice.refusal('DELETE', '/v1/users/bob/files'),

  'webhook/address-refused': () =>
    tenant.admin.refusal('POST', '/v1/webhooks', { url: 'http://u:p@127.0.0.1/' }),
  'webhook/not-found': () => tenant.admin.refusal('GET', '/v1/webhooks/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000'),
  'webhook/delivery-not-found': async () => {
    const { id } = await newWebhook();
    return tenant.admin.refusal('POST', `/v1/webhooks/${id}/deliveries/x/redeliver`, {});
  },
  'webhook/too-many': async () => {
    await Promise.all(Array.from({ length: 50 }, newWebhook).map((made) => made.catch(() => undefined)));
    return tenant.admin.refusal('POST', '/v1/webhooks', { url: 'https://8.8.8.8/' });
  },
};

describe('a refusal', () => {
  it.each(Object.entries(ways))('%s', async (code, provoke) => {
    const refused = await provoke();
    // The name of an entry above.
    expect(refused).toMatchObject({ code, status: errorCodes[code as ErrorCode].status });
  });

  it('of a store that is down tells nothing of the store, and when to come again', async () => {
    fault = { status: 503, code: 'SlowDown' };
    const response = await fetch(`${faulty.apiUrl}/v1/files/multipart/init`, {
      method: 'POST',
      headers: { ...alice.headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...presign, fileSize: 1 }),
    });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toMatch(/SlowDown|faulty|127\.0\.0\.1|S3/);
  });
});

describe('readiness', () => {
  it('names the part that fails, and comes back with it', async () => {
    fault = { status: 503, code: 'SlowDown' };
    const statusOf = async () => (await fetch(`${faulty.apiUrl}/health/ready`)).status;
    await eventually('the API is not ready', async () => ((await statusOf()) === 503 ? true : undefined));
    const text = await (await fetch(`${faulty.apiUrl}/health/ready`)).text();
    expect(text).toContain('bucket');
    expect((await fetch(`${faulty.apiUrl}/health/live`)).status).toBe(200);
    fault = undefined;
    await eventually('the API is ready again', async () => ((await statusOf()) === 200 ? true : undefined));
  });
});
