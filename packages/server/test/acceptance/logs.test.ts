import { readFile } from 'node:fs/promises';
import type { DownloadUrlAnswer, PresignUploadAnswer } from '@bkend/storage-contract';
import { describe, expect, inject, it } from 'vitest';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, signToken } from '../../../test-support/src/tenant/tenant.ts';

const { logFile, imagesUrl, apiUrl, env } = inject('service');

describe.skipIf(logFile === '')('the log', () => {
  it('has a line for every request with its id, and no signature, token or key', async () => {
    const tenant = await createTenant();
    const alice = await tenant.user('alice');
    const token = await signToken({ userId: 'alice', environment: tenant.environment });
    const badToken = `${token.slice(0, -4)}AAAA`;
    const strangeKey = `sk_${'abcd'.repeat(16)}`;

    const file = await uploadFile(alice, { visibility: 'public' });
    const presigned = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
      filename: 'a.txt',
      contentType: 'text/plain',
    });
    await putBytes(presigned.url, Buffer.from('x'), 'image/png');
    const download = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    await fetch(download.url);
    await fetch(`${imagesUrl}/${file.key}?token=${token}`);
    await fetch(`${apiUrl}/v1/files?token=${token}&key=${tenant.secret.key}`, {
      headers: { 'X-API-Key': strangeKey, Authorization: `Bearer ${badToken}` },
    });
    const last = await fetch(`${apiUrl}/v1/files`, { headers: alice.headers });
    const requestId = last.headers.get('x-request-id') ?? '';

    const log = await eventually('the request is in the log', async () => {
      const text = await readFile(logFile, 'utf8');
      return text.includes(requestId) ? text : undefined;
    });
    const lines = log.split('\n').filter((line) => line.includes(requestId));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]?.slice(lines[0].indexOf('{')) ?? '')).toMatchObject({
      method: 'GET',
      route: '/v1/files',
      status: 200,
      durationMs: expect.any(Number),
    });
    const signatures = [presigned.url, download.url].map((url) =>
      new URL(url).searchParams.get('X-Amz-Signature'),
    );
    const secrets = [
      ...signatures,
      tenant.publishable.key,
      tenant.secret.key,
      strangeKey,
      (alice.headers.Authorization ?? '').replace('Bearer ', ''),
      token,
      badToken,
      env.JWT_SECRET,
      env.S3_SECRET_ACCESS_KEY,
    ];
    for (const secret of secrets) {
      if (secret) expect(log.includes(secret), `the log has ${secret.slice(0, 8)}… in it`).toBe(false);
    }
    expect(log).not.toMatch(/X-Amz-Signature=(?!…|\[|\*|%5B|redacted)/i);
  });
});
