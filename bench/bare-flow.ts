import { randomUUID } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import Fastify from 'fastify';
import { Database } from '../packages/server/dist/postgres/database/database.js';
import { createUploadRepository } from '../packages/server/dist/postgres/uploads/upload-repository.js';
import { openObjectStore } from '../packages/server/dist/s3/open-object-store.js';
import type { ObjectInfo } from '../packages/server/src/files/object-store.ts';
import type { Admin } from '../packages/server/src/identity/caller.ts';
import type { Upload } from '../packages/server/src/uploads/upload.ts';

/** Arguments of the yardstick's process, as JSON. */
export interface BareFlowOptions {
  readonly databaseUrl: string;
  /** On the same disk as the service's objects. */
  readonly directory: string;
  readonly store: { endpoint: string; bucket: string; accessKeyId: string; secretAccessKey: string };
  readonly ports: { readonly api: number; readonly objects: number };
}

/**
 * The yardstick of `bench -- flow`: bare Fastify routes that send the statements of a presign and a registration and request
 * the copy, and a bare server that writes each PUT to a file and syncs it; no authentication, no rules, no S3.
 * `?parts=database` or `storage` leaves the other half out.
 */
const options: BareFlowOptions = JSON.parse(process.argv[2] ?? '{}');
const { databaseUrl, directory, store, ports } = options;
const database = new Database({ url: databaseUrl });
const uploads = createUploadRepository(database);
const { endpoint, bucket, ...credentials } = store;
const clock = () => new Date();
const objects = openObjectStore({
  endpoint,
  bucket,
  credentials,
  region: 'us-east-1',
  forcePathStyle: true,
  copiesByReference: true,
  clock,
  warn: () => {},
});
const admin: Admin = { kind: 'admin', tenant: 'bare/dev', keyId: newId(), scopes: [] };
const sourceKey = '_bkend/bench/source';
await objects.put({ key: sourceKey, contentType: 'application/octet-stream', body: 'x'.repeat(4096) });
// It has just been put.
const source = (await objects.head(sourceKey)) as ObjectInfo;
await mkdir(directory, { recursive: true });

/** A UUIDv7 (RFC 9562, section 5.7). */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

const schema = {
  body: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } },
  querystring: { type: 'object', properties: { parts: { type: 'string' } } },
} as const;
type Route = { Body: { key: string }; Querystring: { parts?: string } };

const app = Fastify();
app.post<Route>('/presign', { schema }, async ({ query }) => {
  const at = clock();
  const key = `bare/dev/images/2026/01/${newId()}.jpg`;
  const upload: Upload = {
    tenant: admin.tenant,
    key,
    contentType: 'image/jpeg',
    sizeBytes: 4096,
    ownerId: admin.keyId,
    ownerType: 'service',
    folder: '',
    visibility: 'private',
    category: 'images',
    aborted: false,
    isPending: true,
    urlEndsAt: new Date(at.getTime() + 900_000),
    createdAt: at,
    expiresAt: new Date(at.getTime() + 86_400_000),
  };
  if (query.parts !== 'storage') await uploads.insert(upload);
  return { key, url: `http://127.0.0.1:${ports.objects}/${key.split('/').at(-1)}` };
});
app.post<Route>('/register', { schema }, async ({ body: { key }, query }, reply) => {
  const at = clock();
  const attempt = randomUUID();
  const objectKey = `${key}~${attempt}`;
  const copy = () => objects.copy({ from: sourceKey, to: objectKey, contentType: 'image/jpeg', source });
  reply.status(201);
  if (query.parts === 'storage') {
    await copy();
    return { key };
  }
  const leaseUntil = new Date(at.getTime() + 20_000);
  const claimed = await uploads.claim(admin, { tenant: admin.tenant, key, attempt, at, leaseUntil });
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  if (query.parts !== 'database') await copy();
  const file = await uploads.register({
    id: newId(),
    upload: claimed.upload,
    attempt,
    objectKey,
    originalName: 'photo.jpg',
    mimeType: 'image/jpeg',
    sizeBytes: 4096,
    etag: source.etag,
    bucket: 'files',
    metadata: {},
    sharedWith: [],
    at,
  });
  if (file === undefined) throw new Error('lost');
  return { id: file.id, key };
});
await app.listen({ host: '127.0.0.1', port: ports.api });

const bare = createServer((request, response) => {
  void write(request).then(() => response.writeHead(200, { 'content-length': 0 }).end());
});
bare.listen(ports.objects, '127.0.0.1');

async function write(request: IncomingMessage): Promise<void> {
  const file = await open(join(directory, request.url?.slice(1) ?? ''), 'wx');
  try {
    await file.writeFile(await buffer(request));
    await file.sync();
  } finally {
    await file.close();
  }
}

process.send?.('ready');
process.once('SIGTERM', async () => {
  bare.closeAllConnections();
  bare.close();
  await app.close();
  await objects[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  process.disconnect?.();
});
