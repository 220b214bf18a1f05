import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { DownloadUrlAnswer, FileView, PresignUploadAnswer } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { openSocket } from '../../../test-support/src/network/raw-http.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { isRunning } from '../../../test-support/src/process/is-running.ts';
import { startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

describe('a service that is stopped', () => {
  it('lets an upload that is under way end, has it after the next start, and leaves nothing running', async () => {
    const bytes = new Uint8Array(randomBytes(1_000_000));
    const first = await startService();
    const tenant = await createTenant(first);
    const alice = await tenant.user('alice');
    const { url, key } = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.bin',
      contentType: 'application/octet-stream',
      fileSize: bytes.length,
    });
    const processes = await first.processes();
    expect(processes.length).toBeGreaterThan(3);

    const put = request(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      put.once('response', (response) => resolve(response.resume().statusCode));
      put.once('error', reject);
    });
    // Half of it is on its way when the service is stopped, the rest comes when the API is gone already.
    await new Promise((resolve) => put.write(bytes.subarray(0, 500_000), resolve));
    const stopped = first.stop();
    await eventually('the API is gone', () =>
      fetch(`${first.apiUrl}/health/live`).then(
        () => undefined,
        () => true,
      ),
    );
    put.end(bytes.subarray(500_000));
    expect(await answered).toBe(200);
    expect(await stopped).toBe(0);
    for (const { pid } of processes) expect(isRunning(pid)).toBe(false);

    await using again = await startService({ dataDir: first.dataDir, env: first.env });
    const file = await alice.ask<FileView>('POST', '/v1/files', {
      s3Key: key,
      originalName: 'a.bin',
      mimeType: 'application/octet-stream',
      size: bytes.length,
    });
    const download = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    const received = Buffer.from(await (await fetch(download.url)).arrayBuffer());
    expect(received.equals(bytes)).toBe(true);
    await again.stop();
    await first[Symbol.asyncDispose]();
  });
});

const graceSeconds = 6;

describe('a service that is stopped while clients keep half a request open on every port', () => {
  it('ends within its stated time, and nothing has to be killed', async () => {
    await using service = await startService({
      env: { BKEND_SHUTDOWN_GRACE_SECONDS: `${graceSeconds}` },
    });
    const tenant = await createTenant(service);
    const alice = await tenant.user('alice');
    const { url } = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.bin',
      contentType: 'application/octet-stream',
      fileSize: 1_000_000,
    });
    const { pathname, search } = new URL(url);
    const key = `X-API-Key: ${tenant.publishable.key}`;
    const ports = [
      service.apiUrl,
      service.imagesUrl,
      service.consoleUrl,
      service.objectsUrl,
      service.jobsUrl,
    ];
    for (const port of [...ports, ...Object.values(service.operationsUrls)]) {
      for (const bytes of [
        '',
        'G',
        'GET /health/live HTTP/1.1\r\nHo',
        'GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n',
        'GET http://h/health/l%69ve HTTP/1.1\r\nHost: h\r\n\r\nGET /',
        `POST /v1/files/x/download-url HTTP/1.1\r\nHost: h\r\n${key}\r\nContent-Length: 900\r\nContent-Type: application/json\r\n\r\n{`,
        'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
        `PUT ${pathname}${search} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\nhalf`,
      ]) {
        (await openSocket(port)).write(bytes);
      }
    }
    const startedAt = performance.now();
    expect(await service.stop()).toBe(0);
    const seconds = (performance.now() - startedAt) / 1000;
    // The API, images and jobs stop at once; then the store, then PostgreSQL, which is idle.
    expect(seconds).toBeLessThan(2 * graceSeconds + 3);
    expect(await service.output()).not.toContain('is killed');
  });
});

describe('a service with a shutdown delay', () => {
  it('is not ready on every port after a stop signal, and answers requests until the delay is over', async () => {
    await using service = await startService({ env: { BKEND_SHUTDOWN_DELAY_SECONDS: '3' } });
    const { apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, operationsUrls } = service;
    const ports = [apiUrl, objectsUrl, imagesUrl, consoleUrl, jobsUrl, ...Object.values(operationsUrls)];
    for (const port of ports) expect((await fetch(`${port}/health/ready`)).status).toBe(200);

    const startedAt = performance.now();
    const stopped = service.stop();
    for (const port of ports) {
      const response = await eventually(`${port} is not ready`, async () => {
        const answer = await fetch(`${port}/health/ready`);
        return answer.status === 503 ? answer : undefined;
      });
      expect(await response.json()).toEqual({ status: 'stopping' });
      expect((await fetch(`${port}/health/live`)).status).toBe(200);
    }
    expect((await fetch(`${apiUrl}/v1/files`)).status).toBe(401);
    expect(await stopped).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3000);
  });

  it('has one for a role alone in its process, too', async () => {
    await using store = await startService({
      words: ['--only', 'objects'],
      env: { BKEND_SHUTDOWN_DELAY_SECONDS: '2' },
    });
    const stopped = store.stop();
    await eventually('it is not ready', async () => {
      const { status } = await fetch(`${store.objectsUrl}/health/ready`);
      return status === 503 || undefined;
    });
    expect(await stopped).toBe(0);
  });
});
