import type { FileView, InitMultipartAnswer, PresignPartsAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listVersions, sendContents } from '../../../test-support/src/api/contents.ts';
import { putBytes, sendFile } from '../../../test-support/src/api/uploads.ts';
import { addressOf, readBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { startTripwire, type Tripwire } from '../../../test-support/src/network/tripwire.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { readSecrets } from '../../src/data-dir/secrets.ts';
import { findEmbeddedDatabaseUrl } from '../../src/postgres/embedded/find-embedded-database.ts';
import { digest, type Ledger, newLedger } from './load.ts';
import { verifyFiles } from './verify.ts';

/**
 * Unregistered uploads end soon enough for a test to see what becomes of them, and not before a client can have
 * what a process that was killed still holds, for 8 s.
 */
const shortLives = {
  BKEND_UPLOAD_URL_LIFE_SECONDS: '20',
  BKEND_PART_URL_LIFE_SECONDS: '20',
  BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: '30',
  LOG_LEVEL: 'warn',
};

/** More than any of these requests has. */
const mostSteps = 80;

interface Request {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/**
 * One of the requests a file's life is made of. Its api process is killed at each step the request takes, one after another:
 * before the storage or the database receives it, and after they have done it but before the api knows.
 */
interface Act {
  readonly name: string;
  /** Number of requests that the api sends: for the API key, which a new process does not know, and then for its work. */
  readonly roundTrips: number;
  /** Comes as far as this request, and says what it is. */
  prepare(client: Client): Promise<Request>;
  /** Continues as a client without an answer would: sends the same request again and accepts the answer. */
  again(client: Client, request: Request): Promise<void>;
}

const bytes = new TextEncoder().encode('all of it or none');
const newBytes = new TextEncoder().encode('other contents, all of them or none');
const ledger: Ledger = newLedger();

const acts: readonly Act[] = [
  {
    name: 'asking for an upload’s URL',
    roundTrips: 2,
    prepare: async () => ({
      method: 'POST',
      path: '/v1/files/presigned-url',
      body: { filename: 'a.txt', contentType: 'text/plain', fileSize: bytes.length },
    }),
    again: async (client) => void (await sendFile(client, { bytes })),
  },
  {
    name: 'completing an upload in parts',
    roundTrips: 3,
    async prepare(client) {
      const { key, uploadId } = await client.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
        filename: 'a.txt',
        contentType: 'text/plain',
        fileSize: bytes.length,
      });
      const { url = '' } = await client.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
        key,
        uploadId,
        partNumber: 1,
      });
      const parts = [{ partNumber: 1, etag: (await putBytes(url, bytes)).headers.get('etag') }];
      return { method: 'POST', path: '/v1/files/multipart/complete', body: { key, uploadId, parts } };
    },
    again: async (client, { method, path, body }) => void (await client.ask(method, path, body)),
  },
  {
    name: 'registering',
    // The key, the claim, the look at the bytes, their copy, and the file.
    roundTrips: 5,
    async prepare(client) {
      const body = await sendFile(client, { bytes });
      ledger.sent.set(body.s3Key, digest(bytes));
      return { method: 'POST', path: '/v1/files', body };
    },
    async again(client, { method, path, body }) {
      const answer = await client.send<FileView>(method, path, body);
      // 409: the first request arrived, though its answer did not.
      expect([201, 409]).toContain(answer.status);
      if (answer.status === 201) ledger.registered.set(answer.json.id, answer.json);
    },
  },
  {
    name: 'replacing contents',
    // The key, the file, the claim, the copy; begin, the upload, the file, their change, commit.
    roundTrips: 9,
    async prepare(client) {
      const registration = await sendFile(client, { bytes });
      ledger.sent.set(registration.s3Key, digest(bytes));
      const { id } = await client.ask<FileView>('POST', '/v1/files', registration);
      const body = await sendContents(client, id, { bytes: newBytes });
      ledger.replaced.set(registration.s3Key, digest(newBytes));
      return { method: 'PUT', path: `/v1/files/${id}/content`, body };
    },
    async again(client, { method, path, body }) {
      // Once, whichever of the two requests did it.
      expect(await client.ask<FileView>(method, path, body)).toMatchObject({ version: 2 });
    },
  },
  {
    name: 'deleting',
    roundTrips: 2,
    async prepare(client) {
      const body = await sendFile(client, { bytes });
      ledger.sent.set(body.s3Key, digest(bytes));
      const { id } = await client.ask<FileView>('POST', '/v1/files', body);
      return { method: 'DELETE', path: `/v1/files/${id}` };
    },
    async again(client, { method, path }) {
      expect([200, 404]).toContain((await client.send(method, path)).status);
      ledger.deleted.set(path.slice('/v1/files/'.length), true);
    },
  },
];

describe('the api process, killed at each step of', () => {
  let service: RunningService;
  let tenant: Tenant;
  let alice: Client;
  let tripwire: Tripwire;
  let env: Record<string, string>;

  beforeAll(async () => {
    service = await startService({ env: shortLives });
    tenant = await createTenant(service);
    alice = await tenant.user('alice');
    // Contents that are replaced and not kept stay for an hour.
    await tenant.admin.ask('PATCH', '/v1/environment', { 'versions.keep': 1 });
    const [databaseUrl, { storeCredentials }, [port]] = await Promise.all([
      findEmbeddedDatabaseUrl(service.dataDir),
      readSecrets(service.dataDir),
      findFreePorts(1),
    ]);
    tripwire = await startTripwire([databaseUrl ?? '', service.objectsUrl]);
    const [DATABASE_URL = '', S3_ENDPOINT = ''] = tripwire.urls;
    env = {
      ...service.env,
      BKEND_API_PORT: `${port}`,
      BKEND_OBJECTS_URL: service.objectsUrl,
      DATABASE_URL,
      S3_ENDPOINT,
      S3_BUCKET: 'bkend',
      S3_ACCESS_KEY_ID: storeCredentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: storeCredentials.secretAccessKey,
    };
  });
  afterAll(async () => {
    await tripwire[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  /** @returns whether it was killed before it answered */
  async function killAtStep(step: number, { method, path, body }: Request): Promise<boolean> {
    const api = await startService({ words: ['--only', 'api'], env, dataDir: service.dataDir });
    const tripped = tripwire.set(step);
    const answered = fetch(api.apiUrl + path, {
      method,
      headers: { ...alice.headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).then(
      (response) => expect(response.ok).toBe(true),
      () => undefined,
    );
    const wasKilled = await Promise.race([tripped.then(() => true), answered.then(() => false)]);
    await api.killAll();
    await answered;
    tripwire.release();
    await api[Symbol.asyncDispose]();
    return wasKilled;
  }

  it.each(acts)(
    '$name keeps the client from nothing and forgets nothing',
    { timeout: 900_000 },
    async (act) => {
      let kills = 0;
      for (; kills < mostSteps; kills += 1) {
        const request = await act.prepare(alice);
        const wasKilled = await killAtStep(kills, request);
        // One of two clients retries; the other does not.
        if (kills % 2 === 0) await act.again(alice, request);
        await verifyFiles(alice, ledger);
        if (!wasKilled) break;
      }
      expect(kills).toBeGreaterThanOrEqual(2 * act.roundTrips);
      expect(kills).toBeLessThan(mostSteps);
    },
  );

  it('all of these leaves, after the jobs, no bytes without a file and no file without bytes', async () => {
    const files = await verifyFiles(alice, ledger);
    const withVersions = files.map(async ({ id, key }) => [
      key,
      ...(await listVersions(alice, id)).map(() => key),
    ]);
    const keys = (await Promise.all(withVersions)).flat().sort();
    const left = await eventually(
      'the bucket holds what the files need and nothing else',
      async () => {
        for (const job of ['expire-uploads', 'purge']) {
          await readCommand(['jobs', 'run', job], service.env).catch(ignoreBusy);
        }
        const bucket = await readBucket(service, tenant.project);
        return bucket.objects.length <= keys.length && bucket.uploads.length === 0 ? bucket : undefined;
      },
      { withinSeconds: 120 },
    );
    expect({ ...left, objects: left.objects.map(addressOf) }).toEqual({ objects: keys, uploads: [] });
    await verifyFiles(alice, ledger);
  });
});

/** The service's own jobs may be at the same job in this moment. */
function ignoreBusy(error: unknown): void {
  if (!String(error).includes('Another process')) throw error;
}
