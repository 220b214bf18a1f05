import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DownloadUrlAnswer, FileView, PresignUploadAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { addressOf, readBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { readCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, signToken, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { newLedger, startLoad } from './load.ts';
import { verifyFiles } from './verify.ts';

/** Uploads end soon enough here for a test to see what becomes of unregistered ones. */
const shortLives = {
  BKEND_UPLOAD_URL_LIFE_SECONDS: '4',
  BKEND_PART_URL_LIFE_SECONDS: '4',
  BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: '5',
  LOG_LEVEL: 'warn',
};

async function killApi(service: RunningService): Promise<void> {
  const findApi = async () => (await service.processes()).find(({ command }) => /--only api\b/.test(command));
  const before = await findApi();
  if (before === undefined) throw new Error('There is no api process.');
  process.kill(before.pid, 'SIGKILL');
  await eventually(
    'another api process is ready',
    async () => {
      const now = await findApi();
      if (now === undefined || now.pid === before.pid) return undefined;
      const answer = await fetch(`${service.apiUrl}/health/ready`).catch(() => undefined);
      return answer?.ok || undefined;
    },
    { withinSeconds: 60 },
  );
}

describe('the api process, killed between any two steps of a file’s life', () => {
  it('does not keep the client from going on', async () => {
    await using service = await startService({ env: { LOG_LEVEL: 'warn' } });
    const tenant = await createTenant(service);
    const alice = await tenant.user('step-by-step');
    const presigned = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.txt',
      contentType: 'text/plain',
    });
    await killApi(service);
    expect((await putBytes(presigned.url, Buffer.from('hello'), 'text/plain')).status).toBe(200);
    await killApi(service);
    const file = await alice.ask<FileView>('POST', '/v1/files', {
      s3Key: presigned.key,
      originalName: 'a.txt',
      mimeType: 'text/plain',
      size: 5,
    });
    await killApi(service);
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    expect(await (await fetch(url)).text()).toBe('hello');
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    await killApi(service);
    expect(await alice.refusal('GET', `/v1/files/${file.id}`)).toMatchObject({ code: 'file/not-found' });
    await eventually('the bytes are gone', async () => (await fetch(url)).status === 404 || undefined);
  });
});

describe('the api process, killed', () => {
  let service: RunningService;
  let tenant: Tenant;

  beforeAll(async () => {
    service = await startService({ env: shortLives });
    tenant = await createTenant(service);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('at any moment under load, leaves no file without bytes and, after the jobs, no bytes without a file', async () => {
    // A second API, without a supervisor that would wait longer and longer before it starts it again.
    const [port] = await findFreePorts(1);
    const env = { ...service.env, BKEND_API_PORT: `${port}` };
    const token = await signToken({ userId: 'busy', environment: tenant.environment }, service);
    const busy = createClient(`http://127.0.0.1:${port}`, {
      'X-API-Key': tenant.publishable.key,
      Authorization: `Bearer ${token}`,
    });
    const ledger = newLedger();
    for (let cycle = 0; cycle < 8; cycle += 1) {
      const api = await startService({ words: ['--only', 'api'], env, dataDir: service.dataDir });
      // The first answer of a process takes longer, on a busy machine beyond the pause below.
      await busy.ask('GET', '/v1/files?limit=1');
      const load = startLoad(busy, ledger);
      // Whichever moment it is: the more different ones, the better.
      await pause(300 + Math.random() * 500);
      await api.killAll();
      await load.stop();
      await api[Symbol.asyncDispose]();
    }
    const alice = await tenant.user('busy');
    expect(ledger.registered.size).toBeGreaterThan(20);
    const files = await verifyFiles(alice, ledger);

    const keys = files.map(({ key }) => key).sort();
    const left = await eventually(
      'the bucket holds what the files need and nothing else',
      async () => {
        for (const job of ['expire-uploads', 'reconcile', 'purge']) {
          const repair = job === 'reconcile' ? ['--repair'] : [];
          await readCommand(['jobs', 'run', job, ...repair], service.env).catch(ignoreBusy);
        }
        const bucket = await readBucket(service, tenant.project);
        return bucket.objects.length <= keys.length && bucket.uploads.length === 0 ? bucket : undefined;
      },
      { withinSeconds: 60 },
    );
    expect({ ...left, objects: left.objects.map(addressOf) }).toEqual({ objects: keys, uploads: [] });
    await verifyFiles(alice, ledger);
  });
});

/** The service's own jobs may be at the same job in this moment. */
function ignoreBusy(error: unknown): void {
  if (!String(error).includes('Another process')) throw error;
}

describe('the whole service, killed', () => {
  it('at any moment under load, has everything that was answered when it is started again', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bkend-crash-'));
    const ledger = newLedger();
    let tenant: Tenant | undefined;
    let env: Readonly<Record<string, string>> = shortLives;
    try {
      for (let cycle = 0; cycle < 3; cycle += 1) {
        const service = await startService({ dataDir, env });
        env = service.env;
        tenant ??= await createTenant(service);
        const alice = await clientOf(service, tenant);
        await verifyFiles(alice, ledger);
        const load = startLoad(alice, ledger);
        await pause(500 + Math.random() * 1_000);
        await service.killAll();
        await load.stop();
        await service[Symbol.asyncDispose]();
      }
      await using service = await startService({ dataDir, env });
      if (tenant === undefined) expect.fail('no tenant');
      expect(ledger.registered.size).toBeGreaterThan(20);
      await verifyFiles(await clientOf(service, tenant), ledger);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

async function clientOf(service: RunningService, tenant: Tenant) {
  const token = await signToken({ userId: 'survivor', environment: tenant.environment }, service);
  return createClient(service.apiUrl, {
    'X-API-Key': tenant.publishable.key,
    Authorization: `Bearer ${token}`,
  });
}
