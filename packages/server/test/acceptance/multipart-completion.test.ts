import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import {
  completeMultipart,
  initMultipart,
  refusedCompletion,
  refusedRegistration,
  registerMultipart,
  sendPart,
} from '../../../test-support/src/api/multipart.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

let alice: Client;

beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

describe('completing an upload in parts', () => {
  it.each<[string, unknown, string]>([
    ['no parts', [], 'file/invalid-parts-array'],
    [
      'parts out of order',
      [
        { partNumber: 2, etag: '"a"' },
        { partNumber: 1, etag: '"b"' },
      ],
      'file/invalid-parts-array',
    ],
    [
      'a part twice',
      [
        { partNumber: 1, etag: '"a"' },
        { partNumber: 1, etag: '"a"' },
      ],
      'file/invalid-parts-array',
    ],
    ['an empty etag', [{ partNumber: 1, etag: '' }], 'file/invalid-parts-array'],
    ['a part number of 0', [{ partNumber: 0, etag: '"a"' }], 'file/invalid-part-number-range'],
    ['a part number of 10,001', [{ partNumber: 10_001, etag: '"a"' }], 'file/invalid-part-number-range'],
    [
      '10,001 parts',
      Array.from({ length: 10_001 }, (_, index) => ({ partNumber: index + 1, etag: 'a' })),
      'file/invalid-parts-array',
    ],
    ['parts that are no list', 'all', 'common/invalid-parameters'],
    ['a part without an etag', [{ partNumber: 1 }], 'common/invalid-parameters'],
    [
      'a part that was never sent',
      [{ partNumber: 1, etag: '"0123456789abcdef0123456789abcdef"' }],
      'file/invalid-parts-array',
    ],
  ])('is refused for %s', async (_, parts, code) => {
    const upload = await initMultipart(alice);
    expect(await refusedCompletion(alice, upload, parts)).toMatchObject({ status: 400, code });
  });

  it('is refused for another etag than the part has', async () => {
    const upload = await initMultipart(alice);
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    const wrong = { ...part, etag: '"00000000000000000000000000000000"' };
    expect(await refusedCompletion(alice, upload, [wrong])).toMatchObject({
      code: 'file/invalid-parts-array',
    });
    expect((await completeMultipart(alice, upload, [part])).status).toBe(200);
  });

  it('is refused for a part below 5 MiB that is not the last', async () => {
    const upload = await initMultipart(alice);
    const parts = [
      await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) }),
      await sendPart(alice, upload, { partNumber: 2, bytes: randomBytes(1_000) }),
    ];
    expect(await refusedCompletion(alice, upload, parts)).toMatchObject({
      status: 400,
      code: 'file/invalid-parts-array',
    });
  });

  it('takes an etag with and without its quotes', async () => {
    const upload = await initMultipart(alice);
    const { partNumber, etag } = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    expect(
      (await completeMultipart(alice, upload, [{ partNumber, etag: etag.replaceAll('"', '') }])).status,
    ).toBe(200);
  });

  it('gives the same answer again: at once, with the first answer lost, and after registering', async () => {
    const upload = await initMultipart(alice);
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    const answers = await Promise.all([
      completeMultipart(alice, upload, [part]),
      completeMultipart(alice, upload, [part]),
    ]);
    const again = await completeMultipart(alice, upload, [part]);
    await registerMultipart(alice, upload, 1_000);
    const afterwards = await completeMultipart(alice, upload, [part]);
    for (const { status, json } of [...answers, again, afterwards]) {
      expect({ status, json }).toEqual({ status: 200, json: again.json });
    }
  });

  it('leaves no parts to be listed', async () => {
    const upload = await initMultipart(alice);
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    await completeMultipart(alice, upload, [part]);
    const query = new URLSearchParams({ key: upload.key, uploadId: upload.uploadId });
    expect(await alice.refusal('GET', `/v1/files/multipart/parts?${query}`)).toMatchObject({
      status: 404,
      code: 'file/upload-not-found',
    });
  });

  it('is needed before the upload can be registered', async () => {
    const upload = await initMultipart(alice);
    await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    expect(await refusedRegistration(alice, upload, 1_000)).toMatchObject({
      status: 409,
      code: 'file/upload-incomplete',
    });
  });
});
