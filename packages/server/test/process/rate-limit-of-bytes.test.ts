import type { FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { photograph } from '../images/sample-images.ts';

const perMinute = 20;
let service: RunningService;
let tenant: Tenant;
let file: FileView;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  // The limit of the API is not tested here.
  service = await startService({
    env: { BKEND_RATE_LIMIT: `${perMinute}`, BKEND_IMAGE_RATE_LIMIT: `${perMinute}` },
  });
  tenant = await createTenant(service);
  const alice = await tenant.user('alice');
  bytes = new Uint8Array(await photograph(40, 30));
  file = await uploadFile(alice, {
    bytes,
    mimeType: 'image/jpeg',
    originalName: 'a.jpg',
    visibility: 'public',
  });
});
afterAll(() => service[Symbol.asyncDispose]());

describe('the images host', () => {
  it('limits the requests a minute of each address, for any path, with Retry-After', async () => {
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let index = 0; index <= perMinute; index += 1) {
      last = await fetch(
        index % 2 ? (file.url ?? '') : `${service.imagesUrl}/10x10/no/such/key-${index}.jpg`,
      );
      await last.arrayBuffer();
      statuses.push(last.status);
    }
    expect(statuses.slice(0, -1)).not.toContain(429);
    expect(statuses.at(-1)).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${service.imagesUrl}/health/ready`)).status).toBe(200);
  });
});

describe('the store', () => {
  it('limits callers without a valid signature, and no other', async () => {
    const carol = await tenant.user('carol');
    const statuses: number[] = [];
    for (let index = 0; index < perMinute + 5; index += 1) {
      const forged = `${service.objectsUrl}/bkend/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${'0'.repeat(64)}`;
      statuses.push((await fetch(index % 2 ? forged : `${service.objectsUrl}/bkend/x`)).status);
    }
    expect(statuses.slice(0, perMinute)).not.toContain(503);
    expect(statuses.slice(perMinute)).toEqual(Array(5).fill(503));
    const waiting = await sendFile(carol, { bytes, mimeType: 'image/jpeg', originalName: 'b.jpg' });
    expect(waiting.size).toBe(bytes.length);
    expect((await putBytes(`${service.objectsUrl}/bkend/x`, bytes)).status).toBe(503);
  });
});
