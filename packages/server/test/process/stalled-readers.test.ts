import { randomBytes } from 'node:crypto';
import type { DownloadUrlAnswer } from '@bkend/storage-contract';
import { expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { openSocket } from '../../../test-support/src/network/raw-http.ts';
import { isRunning } from '../../../test-support/src/process/is-running.ts';
import { startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { endlessSvgs } from '../images/hostile.ts';

const graceSeconds = 6;

it('a service that is stopped ends within its stated time while clients do not read their responses, and renditions are in progress', async () => {
  await using service = await startService({ env: { BKEND_SHUTDOWN_GRACE_SECONDS: `${graceSeconds}` } });
  const alice = await (await createTenant(service)).user('alice');
  const upload = (bytes: Uint8Array<ArrayBuffer>, mimeType: string) =>
    uploadFile(alice, { bytes, originalName: 'a', mimeType, visibility: 'public' });
  // More than the buffers of both kernels hold.
  const large = await upload(new Uint8Array(randomBytes(30_000_000)), 'image/png');
  const slow = await upload(new Uint8Array(endlessSvgs()['copies of copies'] ?? []), 'image/svg+xml');
  const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${large.id}/download-url`, {
    expiresIn: 600,
  });
  expect(new URL(url).origin).toBe(service.objectsUrl);
  const original = new URL(large.url ?? '').pathname;
  const requests = [
    { server: url, target: url.slice(new URL(url).origin.length) },
    { server: service.imagesUrl, target: original },
    { server: service.imagesUrl, target: `/50x50${new URL(slow.url ?? '').pathname}` },
  ];
  for (const { server, target } of requests) {
    for (let n = 0; n < 4; n++) {
      const socket = await openSocket(server);
      socket.pause();
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${new URL(server).host}\r\n\r\n`);
    }
  }
  const processes = await service.processes();
  const startedAt = performance.now();
  expect(await service.stop()).toBe(0);
  expect((performance.now() - startedAt) / 1000).toBeLessThan(2 * graceSeconds + 3);
  expect(await service.output()).not.toContain('is killed');
  expect(processes.filter(({ pid }) => isRunning(pid))).toEqual([]);
});
