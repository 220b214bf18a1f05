import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { type Contents, readContents, unpackDataDirectory, upgradeKey } from './unpack-data-directory.ts';

let service: RunningService;
let contents: Contents;
let dataDir: string | undefined;

beforeAll(async () => {
  contents = await readContents();
  dataDir = await unpackDataDirectory();
  service = await startService({ dataDir });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  if (dataDir) await rm(join(dataDir, '..'), { recursive: true, force: true });
});

async function ask(tenant: string, method: string, path: string): Promise<Response> {
  return fetch(service.apiUrl + path, {
    method,
    headers: { 'X-API-Key': upgradeKey(tenant, 'secret') },
  });
}

it('opens every file of the first release at its address, byte for byte', async () => {
  for (const file of contents.files) {
    const record = await (await ask(file.tenant, 'GET', `/v1/files/${file.id}`)).json();
    expect(record).toMatchObject({
      s3Key: file.key,
      size: file.size,
      etag: file.etag,
      mimeType: file.mimeType,
      visibility: file.visibility,
    });
    const { url } = await (await ask(file.tenant, 'POST', `/v1/files/${file.id}/download-url`)).json();
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
  }
});

it('shows the public images of the first release at the addresses they had', async () => {
  const images = contents.files.filter(({ visibility }) => visibility === 'public');
  expect(images).toHaveLength(2);
  for (const { key, sha256 } of images) {
    const original = await fetch(`${service.imagesUrl}/${key}`);
    expect(
      createHash('sha256')
        .update(Buffer.from(await original.arrayBuffer()))
        .digest('hex'),
    ).toBe(sha256);
  }
});
