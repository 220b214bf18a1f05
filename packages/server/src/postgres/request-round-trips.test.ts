import { RateLimit } from '@bkend/http';
import { defaultLimits, type FileView, type PresignUploadAnswer } from '@bkend/storage-contract';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../store/test/running-store.ts';
import { type Relay, startRelay } from '../../../test-support/src/network/relay.ts';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { newTenant, user } from '../../../test-support/src/samples/samples.ts';
import type { Api } from '../api/api.ts';
import { createApi } from '../api/create-api.ts';
import type { ObjectStore } from '../files/object-store.ts';
import { settingsInForce } from '../projects/environment-settings.ts';
import { openObjectStore } from '../s3/open-object-store.ts';
import { OpenUploadsBudget } from '../uploads/open-uploads.ts';
import { Quotas } from '../uploads/quotas.ts';
import { Database } from './database/database.ts';
import { createEventRepository } from './events/event-repository.ts';
import { createFileRepository } from './file-repository.ts';
import { createFolderRepository } from './folder-repository.ts';
import { createOperationRepository } from './operations/operation-repository.ts';
import { createEnvironmentRepository } from './projects/environment-repository.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { createUsageLedger } from './usage/usage-ledger.ts';
import { createVersionRepository } from './versions/version-repository.ts';
import { createWebhookRepository } from './webhooks/webhook-repository.ts';

const bucket = 'round-trips';
const clock = () => new Date();

let test: TestDatabase;
let relay: Relay;
let database: Database;
let store: RunningStore;
let api: Api;
let heads = 0;
let copies = 0;

beforeAll(async () => {
  [test, store] = await Promise.all([createTestDatabase(), startStore({ buckets: [bucket] })]);
  relay = await startRelay(test.url);
  database = new Database({ url: relay.url, maxConnections: 2 });
  const opened = openObjectStore({
    endpoint: store.endpoint,
    region,
    bucket,
    credentials,
    clock,
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });
  const objects: ObjectStore = {
    ...opened,
    head: (key) => {
      heads += 1;
      return opened.head(key);
    },
    headWithFirstBytes: (key, count) => {
      heads += 1;
      return opened.headWithFirstBytes(key, count);
    },
    copy: (input) => {
      copies += 1;
      return opened.copy(input);
    },
  };
  // Keys and tokens are cached between requests: their look-up is not part of one.
  const caller = user(newTenant(), 'alice');
  const uploads = createUploadRepository(database);
  ({ api } = await createApi({
    files: {
      files: createFileRepository(database),
      folders: createFolderRepository(database),
      operations: createOperationRepository(database),
      versions: createVersionRepository(database),
      uploads,
      openUploads: new OpenUploadsBudget(uploads),
      quotas: new Quotas(createUsageLedger(database)),
      usage: createUsageLedger(database),
      objects,
      clock,
      newId: uuidv7,
      limits: defaultLimits,
      hasOlderProcesses: () => false,
      findSettings: async () => settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' }),
      imageUrl: (path) => path,
      hasPublicAddresses: true,
      imageUrlSecret: 'unused here',
    },
    events: {
      ...{ events: createEventRepository(database), imageUrl: (path) => path },
      feed: { follow: () => Promise.reject(new Error('not followed here')) },
      streams: { open: () => Promise.reject(new Error('not opened here')) },
    },
    projects: {
      environments: createEnvironmentRepository(database),
      service: { limits: defaultLimits, corsOrigins: '*' },
      clock,
      newId: uuidv7,
    },
    webhooks: {
      webhooks: createWebhookRepository(database),
      refusalOf: async () => undefined,
      clock,
      newId: uuidv7,
    },
    authenticate: async () => caller,
    limit: new RateLimit(0),
    clientAddress: () => '127.0.0.1',
    crossOrigin: {
      corsOrigins: '*',
      findOrigins: async () => new Set(),
      findSettings: async () => settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' }),
    },
    publicUrl: 'http://127.0.0.1',
    newRequestId: uuidv7,
    health: () => false,
    maxConnections: 100,
    answerMcp: () => Promise.reject(new Error('No message is sent here.')),
    onAnswered: () => {},
  }));
});

afterAll(async () => {
  await api.close();
  await database[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

/** Sends a request and counts its round trips. */
async function send<Answer>(method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) {
  const before = { roundTrips: relay.roundTrips, heads, copies };
  const response = await api.inject({ method, url, ...(body && { payload: body }) });
  expect(response.statusCode).toBeLessThan(300);
  const cost = {
    roundTrips: relay.roundTrips - before.roundTrips,
    heads: heads - before.heads,
    copies: copies - before.copies,
  };
  // The statuses show that these are the real answers.
  return { cost, answer: response.json() as Answer };
}

it('a request costs one round trip to the database, a list and a registration two, and this a HEAD and a copy beside them', async () => {
  const upload = { filename: 'note.txt', contentType: 'text/plain', fileSize: 5 };
  // The first requests open connections and prepare statements.
  await Promise.all([1, 2, 3].map(() => send('GET', '/v1/files')));

  // An owner's first upload in five seconds also counts the open ones.
  await send<PresignUploadAnswer>('POST', '/v1/files/presigned-url', upload);
  const presigned = await send<PresignUploadAnswer>('POST', '/v1/files/presigned-url', upload);
  expect(presigned.cost).toEqual({ roundTrips: 1, heads: 0, copies: 0 });
  const { url, key, headers } = presigned.answer;
  expect((await fetch(url, { method: 'PUT', headers, body: 'hello' })).status).toBe(200);

  const registration = { s3Key: key, originalName: 'note.txt', mimeType: 'text/plain', size: 5 };
  const registered = await send<FileView>('POST', '/v1/files', registration);
  expect(registered.cost).toEqual({ roundTrips: 2, heads: 1, copies: 1 });

  const path = `/v1/files/${registered.answer.id}`;
  expect((await send('GET', path)).cost).toEqual({ roundTrips: 1, heads: 0, copies: 0 });
  expect((await send('POST', `${path}/download-url`)).cost).toEqual({ roundTrips: 1, heads: 0, copies: 0 });
  expect((await send('GET', '/v1/files')).cost).toEqual({ roundTrips: 2, heads: 0, copies: 0 });
  expect((await send('DELETE', path)).cost).toEqual({ roundTrips: 1, heads: 0, copies: 0 });
});
