import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsAnswer, FileView, ListFilesAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { listVersions, replaceContents, sendContents } from '../../../test-support/src/api/contents.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import {
  clamdMarkers,
  type FakeClamd,
  startFakeClamd,
} from '../../../test-support/src/network/fake-clamd.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const maxBytes = 200_000;
let clamd: FakeClamd;
let service: RunningService;
let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  clamd = await startFakeClamd({ maxBytes });
  service = await startService({ env: { BKEND_CLAMD_URL: clamd.url } });
  tenant = await createTenant(service);
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
  await tenant.admin.ask('PATCH', '/v1/environment', { scanner: true, 'versions.keep': 3 });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await clamd?.[Symbol.asyncDispose]();
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
const infected = bytesOf(`hello ${clamdMarkers.infected}`);
const pending = { status: 409, code: 'file/scan-pending' };
const missing = { status: 404, code: 'file/not-found' };
const refused = {
  status: 422,
  code: 'file/content-refused',
  details: { reason: 'Bkend.Test.Marker' },
};
const photo = async () =>
  new Uint8Array(await readFile(join(import.meta.dirname, '../content/images/photo.png')));
const png = { originalName: 'a.png', mimeType: 'image/png', visibility: 'public' } as const;
const uploadPhoto = async () => uploadFile(alice, { ...png, bytes: await photo() });
const scanOf = async ({ id }: Pick<FileView, 'id'>) =>
  (await alice.ask<FileView>('GET', `/v1/files/${id}`)).scan;
const passed = (file: Pick<FileView, 'id'>) =>
  eventually('it has passed', async () => ((await scanOf(file)) === 'passed' ? true : undefined));
const isRefused = ({ id }: Pick<FileView, 'id'>) =>
  eventually('it is refused', async () => {
    const { status } = await alice.send('GET', `/v1/files/${id}`);
    return status === 422 || undefined;
  });
const typesOf = async ({ id }: Pick<FileView, 'id'>) => {
  const { items } = await tenant.admin.ask<EventsAnswer>('GET', '/v1/events?limit=1000');
  return items.filter(({ data }) => data.file?.id === id).map(({ type }) => type);
};

/** Every operation on one file, and the refusal that its owner gets before the scan; `row`: it gives neither bytes nor their URL. */
const operations: Readonly<Record<string, 'row' | ((file: FileView) => Promise<object>)>> = {
  'GET /v1/files/{fileId}/download-url': ({ id }) => alice.refusal('GET', `/v1/files/${id}/download-url`),
  'POST /v1/files/{fileId}/download-url': ({ id }) =>
    alice.refusal('POST', `/v1/files/${id}/download-url`, { expiresIn: 60, disposition: 'inline' }),
  'POST /v1/files/{fileId}/image-url': ({ id }) => alice.refusal('POST', `/v1/files/${id}/image-url`, {}),
  'POST /v1/files/{fileId}/copy': ({ id }) => tenant.admin.refusal('POST', `/v1/files/${id}/copy`, {}),
  'PUT /v1/files/{fileId}/content': async ({ id }) =>
    alice.refusal(
      'PUT',
      `/v1/files/${id}/content`,
      await sendContents(alice, id, { bytes: await photo(), mimeType: 'image/png' }),
    ),
  'POST /v1/files/{fileId}/complete': 'row',
  'GET /v1/files/{fileId}': 'row',
  'PATCH /v1/files/{fileId}': 'row',
  'DELETE /v1/files/{fileId}': 'row',
  'PATCH /v1/files/{fileId}/visibility': 'row',
  'POST /v1/files/{fileId}/restore': 'row',
  'POST /v1/files/{fileId}/content/presigned-url': 'row',
  // Contents that were replaced have passed, or were never to be scanned.
  'GET /v1/files/{fileId}/versions': 'row',
  'POST /v1/files/{fileId}/versions/{versionId}/restore': 'row',
  'DELETE /v1/files/{fileId}/versions/{versionId}': 'row',
  'GET /v1/files/{fileId}/shares': 'row',
  'PUT /v1/files/{fileId}/shares': 'row',
  'DELETE /v1/files/{fileId}/shares': 'row',
  'GET /v1/files/{fileId}/shares/{userId}': 'row',
  'PUT /v1/files/{fileId}/shares/{userId}': 'row',
  'DELETE /v1/files/{fileId}/shares/{userId}': 'row',
};

describe('before its scan', () => {
  beforeAll(() => clamd.hold());
  afterAll(() => clamd.release());

  it('no operation on a file gives its bytes to anyone, and all operations are known here', async () => {
    const description = await readFile(join(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8');
    const { paths } = JSON.parse(description) as { paths: Record<string, Record<string, unknown>> };
    const known = Object.entries(paths)
      .filter(([path]) => path.includes('{fileId}'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    expect(Object.keys(operations).sort()).toEqual(known.sort());
    const file = await uploadPhoto();
    for (const ask of Object.values(operations)) {
      if (ask !== 'row') expect(await ask(file)).toMatchObject(pending);
    }
    const urls = await alice.ask('POST', '/v1/files/download-urls', { ids: [file.id] });
    expect(urls).toMatchObject({ urls: [{ error: { code: pending.code } }] });
    for (const client of [bob, tenant.guest]) {
      for (const path of ['', '/download-url']) {
        expect(await client.refusal('GET', `/v1/files/${file.id}${path}`)).toMatchObject(missing);
      }
      const others = await client.ask('POST', '/v1/files/download-urls', { ids: [file.id] });
      expect(others).toMatchObject({ urls: [{ error: { code: missing.code } }] });
    }
  });

  it('the images host has it not, as an image, an original, a download or an overlay', async () => {
    const file = await uploadPhoto();
    for (const path of ['', '10x10/', 'fit-in/5x5/']) {
      for (const query of ['', '?download']) {
        const answer = await fetch(`${service.imagesUrl}/${path}${file.s3Key}${query}`);
        expect(answer.status).toBe(404);
      }
    }
    const { admin } = await createTenant(service);
    const other = await uploadFile(admin, { ...png, bytes: await photo() });
    const overlay = `filters:watermark(${file.s3Key},0,0,50)`;
    const answer = await fetch(`${service.imagesUrl}/10x10/${overlay}/${other.s3Key}`);
    expect(answer.status).toBe(400);
  });

  it('its owner and admins see it, in lists too, and no one else, shared or public', async () => {
    const shared = await uploadFile(alice, { visibility: 'shared', sharedWith: ['bob'] });
    const open = await uploadPhoto();
    expect(shared).toMatchObject({ visibility: 'shared', scan: 'pending' });
    expect(open).toMatchObject({ visibility: 'public', scan: 'pending' });
    expect(open.url).toBeUndefined();
    const idsOf = async (client: Client) =>
      (await client.ask<ListFilesAnswer>('GET', '/v1/files?limit=100')).items.map(({ id }) => id);
    for (const client of [alice, tenant.admin]) {
      const ids = await idsOf(client);
      expect(ids).toContain(shared.id);
      expect(ids).toContain(open.id);
    }
    for (const client of [bob, tenant.guest]) {
      const ids = await idsOf(client);
      expect(ids).not.toContain(shared.id);
      expect(ids).not.toContain(open.id);
    }
    const usage = await alice.ask<{ files: number }>('GET', '/v1/usage');
    const { pagination } = await alice.ask<ListFilesAnswer>('GET', '/v1/files?mine=true');
    expect(usage.files).toBe(pagination.total);
  });

  it('changes and the trash leave it unscanned', async () => {
    const { id } = await uploadFile(alice);
    const changed = await alice.ask<FileView>('PATCH', `/v1/files/${id}`, { visibility: 'public' });
    expect(changed).toMatchObject({ visibility: 'public', scan: 'pending' });
    expect(await tenant.guest.refusal('GET', `/v1/files/${id}`)).toMatchObject(missing);
    await alice.ask('POST', '/v1/files/bulk-update', { ids: [id], set: { visibility: 'protected' } });
    expect(await bob.refusal('GET', `/v1/files/${id}`)).toMatchObject(missing);
    await alice.ask('DELETE', `/v1/files/${id}?trash=true`);
    const trashed = await alice.ask<FileView>('GET', `/v1/files/${id}`);
    expect(trashed).toMatchObject({ visibility: 'protected', scan: 'pending' });
    const restored = await alice.ask<FileView>('POST', `/v1/files/${id}/restore`);
    expect(restored).toMatchObject({ visibility: 'protected', scan: 'pending' });
    expect(await bob.refusal('GET', `/v1/files/${id}`)).toMatchObject(missing);
  });

  it('an avatar is answered to no caller', async () => {
    const { url, key } = await alice.ask<{ url: string; key: string }>(
      'POST',
      '/v1/users/alice/avatar/upload-url',
      { filename: 'me.png' },
    );
    await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'image/png' }, body: await photo() });
    const { image } = await alice.ask<{ image: string }>('PATCH', '/v1/users/alice/avatar', { s3Key: key });
    expect((await fetch(image)).status).toBe(404);
    expect(await alice.refusal('GET', '/v1/users/alice/avatar')).toMatchObject(missing);
  });
});

describe('a scan', () => {
  it('lets a clean file go, by the event file.scanned, and shares it then', async () => {
    const file = await uploadFile(alice, { visibility: 'shared', sharedWith: ['bob'] });
    await passed(file);
    const read = await bob.ask<{ url: string }>('POST', `/v1/files/${file.id}/download-url`);
    expect(await (await fetch(read.url)).text()).toBe('hello');
    expect(await typesOf(file)).toEqual(['file.created', 'file.scanned', 'file.shared']);
    const copy = await bob.ask<FileView>('POST', `/v1/files/${file.id}/copy`, {});
    expect(copy.scan).toBe('passed');
  });

  it('removes an infected file with its bytes, and its id says so to owner and admins', async () => {
    const file = await uploadFile(alice, { visibility: 'public', bytes: infected });
    await isRefused(file);
    const { id } = file;
    for (const client of [alice, tenant.admin]) {
      expect(await client.refusal('GET', `/v1/files/${id}`)).toMatchObject(refused);
      expect(await client.refusal('POST', `/v1/files/${id}/download-url`)).toMatchObject(refused);
      expect(await client.refusal('PATCH', `/v1/files/${id}`, { folder: 'a' })).toMatchObject(refused);
      expect(await client.refusal('DELETE', `/v1/files/${id}`)).toMatchObject(refused);
    }
    expect(await bob.refusal('GET', `/v1/files/${id}`)).toMatchObject(missing);
    expect(await tenant.guest.refusal('GET', `/v1/files/${id}`)).toMatchObject(missing);
    expect(await typesOf(file)).toEqual(['file.created', 'file.refused', 'file.deleted']);
  });

  it('refuses what is larger than the daemon takes, or lets it pass where the environment says so', async () => {
    const large = {
      originalName: 'a.bin',
      mimeType: 'application/octet-stream',
      bytes: new Uint8Array(maxBytes + 1),
    };
    const file = await uploadFile(alice, large);
    await isRefused(file);
    await tenant.admin.ask('PATCH', '/v1/environment', { 'scanner.tooLarge': 'pass' });
    await passed(await uploadFile(alice, large));
    await tenant.admin.ask('PATCH', '/v1/environment', { 'scanner.tooLarge': null });
  });

  it('comes before new contents: clean ones replace, infected ones leave the file as it was', async () => {
    const file = await uploadFile(alice, { bytes: bytesOf('first') });
    await passed(file);
    const replaced = await replaceContents(alice, file.id, { bytes: bytesOf('second') });
    expect(replaced).toMatchObject({ version: 2, scan: 'passed' });
    const contents = await sendContents(alice, file.id, { bytes: infected });
    expect(await alice.refusal('PUT', `/v1/files/${file.id}/content`, contents)).toMatchObject(refused);
    const kept = await alice.ask<FileView>('GET', `/v1/files/${file.id}`);
    expect(kept).toMatchObject({ version: 2, etag: replaced.etag });
    expect(await listVersions(alice, file.id)).toHaveLength(1);
    const { items } = await tenant.admin.ask<EventsAnswer>(
      'GET',
      '/v1/events?types=upload.refused&limit=1000',
    );
    expect(items.some(({ data }) => data.upload?.key === contents.uploadKey)).toBe(true);
  });

  it('waits while the daemon is away, and readiness and metrics say so', async () => {
    await clamd.goAway();
    const file = await uploadFile(alice, { visibility: 'public' });
    const ready = await eventually('it is not ready', async () => {
      const answer = await fetch(`${service.operationsUrls.jobs}/health/ready`);
      return answer.status === 503 ? await answer.json() : undefined;
    });
    expect(ready).toMatchObject({ failing: ['scanner'] });
    const metrics = await (await fetch(`${service.operationsUrls.jobs}/metrics`)).text();
    expect(metrics).toMatch(/^bkend_scanner_up(?:\{[^}]*\})? 0$/m);
    expect(Number(/^bkend_scans_waiting(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    expect(await scanOf(file)).toBe('pending');
    expect(await alice.refusal('POST', `/v1/files/${file.id}/download-url`)).toMatchObject(pending);
    await expectNotExported(file);
    await clamd.comeBack();
    await passed(file);
    await eventually('it is ready', async () => {
      const { status } = await fetch(`${service.operationsUrls.jobs}/health/ready`);
      return status === 200 || undefined;
    });
  });

  it('that fails for one file holds up no other, and no more than four run at once', async () => {
    const failing = await uploadFile(alice, { bytes: bytesOf(clamdMarkers.hangsUp) });
    const files = await Promise.all(Array.from({ length: 12 }, () => uploadFile(alice)));
    for (const file of files) await passed(file);
    expect(await scanOf(failing)).toBe('pending');
    expect(clamd.mostAtOnce).toBeLessThanOrEqual(4);
    // Without a scanner in the environment it waits no longer.
    await tenant.admin.ask('PATCH', '/v1/environment', { scanner: false });
    await eventually('it is let go', async () => ((await scanOf(failing)) === undefined ? true : undefined));
    await alice.ask('POST', `/v1/files/${failing.id}/download-url`);
  });
});

/** An operator's export names the file among its failures, and has no bytes of it. */
async function expectNotExported({ id }: FileView): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bkend-export-'));
  const { code, stderr } = await runCommand(['export', folder, '--project', tenant.project], service.env);
  expect(code).toBe(1);
  expect(stderr).toContain(id);
  expect((await readdir(folder, { recursive: true })).join(' ')).not.toContain(id);
  await rm(folder, { recursive: true });
}
