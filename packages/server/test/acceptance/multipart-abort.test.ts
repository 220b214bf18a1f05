import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import {
  abortMultipart,
  completeMultipart,
  initMultipart,
  presignPart,
  refusedCompletion,
  refusedRegistration,
  sendPart,
} from '../../../test-support/src/api/multipart.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

let alice: Client;

beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

describe('aborting an upload in parts', () => {
  it('gives the same answer again, and ends it for everything else', async () => {
    const upload = await initMultipart(alice);
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    const url = await presignPart(alice, upload, 2);
    for (const { status, json } of [
      await abortMultipart(alice, upload),
      await abortMultipart(alice, upload),
    ]) {
      expect({ status, json }).toEqual({ status: 200, json: { success: true, key: upload.key } });
    }
    expect(await refusedCompletion(alice, upload, [part])).toMatchObject({
      status: 404,
      code: 'file/upload-not-found',
    });
    expect((await putBytes(url, randomBytes(10))).status).toBe(404);
    const query = new URLSearchParams({ key: upload.key, uploadId: upload.uploadId });
    expect(await alice.refusal('GET', `/v1/files/multipart/parts?${query}`)).toMatchObject({ status: 404 });
  });

  it('ends an upload that was completed and not yet registered', async () => {
    const upload = await initMultipart(alice);
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    await completeMultipart(alice, upload, [part]);
    expect((await abortMultipart(alice, upload)).status).toBe(200);
    expect(await refusedRegistration(alice, upload, 1_000)).toMatchObject({
      status: 404,
      code: 'file/upload-not-found',
    });
  });
});
