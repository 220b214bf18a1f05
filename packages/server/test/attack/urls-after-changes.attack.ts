import type { DownloadUrlAnswer, FileView, ImageUrlAnswer } from '@bkend/storage-contract';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

let tenant: AttackedTenant;
let alice: Client;
let imageBytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  tenant = await createAttackedTenant();
  alice = tenant.user('alice');
  const image = sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } });
  imageBytes = new Uint8Array(await image.png().toBuffer());
});

const upload = (fields: object) =>
  uploadFile(alice, { bytes: imageBytes, originalName: 'p.png', mimeType: 'image/png', ...fields });

type GetUrl = (file: FileView) => Promise<string>;
type Change = (file: FileView) => Promise<unknown>;

/** Addresses, which ask at every visit whether the file is public. */
const addresses: Record<string, GetUrl> = {
  'its address on the images host': async ({ url }) => url ?? '',
  'its address as an attachment': async ({ url }) => `${url}?download`,
  'a size of it': async ({ url = '', key }) => `${url.slice(0, -key.length)}fit-in/20x20/${key}`,
};
/** URLs that are capabilities: they open the file for their holder, until they expire or the bytes go. */
const capabilities: Record<string, GetUrl> = {
  'a download URL given to a guest': async ({ id }) =>
    (await tenant.guest.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`, { expiresIn: 600 }))
      .url,
  'a signed image URL of its owner': async ({ id }) =>
    (await alice.ask<ImageUrlAnswer>('POST', `/v1/files/${id}/image-url`)).url,
};

const hidings: Record<string, Change> = {
  'is made private': ({ id }) => alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'private' }),
  'is made protected': ({ id }) => alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'protected' }),
  'is made shared': ({ id }) =>
    alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'shared', sharedWith: ['bob'] }),
};
const deletions: Record<string, Change> = {
  'is deleted': ({ id }) => alice.ask('DELETE', `/v1/files/${id}`),
  'is deleted with others': ({ id }) => alice.ask('POST', '/v1/files/bulk-delete', { ids: [id] }),
};

const cells = [
  ...Object.keys({ ...hidings, ...deletions }).flatMap((change) =>
    Object.keys(addresses).map((url) => [change, url] as const),
  ),
  ...Object.keys(deletions).flatMap((change) =>
    Object.keys(capabilities).map((url) => [change, url] as const),
  ),
];

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { 'Cache-Control': 'no-cache' } });
  await answer.arrayBuffer();
  return answer.status;
}

it.each(cells)('a public file that %s is not to be had any more from %s, within 5 s', async (what, name) => {
  const change = { ...hidings, ...deletions }[what] ?? expect.fail(what);
  const getUrl = { ...addresses, ...capabilities }[name] ?? expect.fail(name);
  const file = await upload({ visibility: 'public' });
  const url = await getUrl(file);
  // Read often: it lies in every cache there is.
  for (let time = 0; time < 3; time += 1) expect(await statusOf(url)).toBe(200);
  await change(file);
  await expect.poll(() => statusOf(url), { timeout: 6_000, interval: 100 }).toBeGreaterThanOrEqual(400);
  for (let time = 0; time < 3; time += 1) expect(await statusOf(url)).toBeGreaterThanOrEqual(400);
});

describe('a shared file', () => {
  const sharing = () => upload({ visibility: 'shared', sharedWith: ['bob'] });

  it.each<[string, (file: FileView) => Promise<unknown>]>([
    ['taken from one', ({ id }) => alice.ask('DELETE', `/v1/files/${id}/shares/bob`)],
    ['taken from all', ({ id }) => alice.ask('DELETE', `/v1/files/${id}/shares`)],
    ['given to others', ({ id }) => alice.ask('PUT', `/v1/files/${id}/shares`, { sharedWith: ['carol'] })],
    ['made private', ({ id }) => alice.ask('PATCH', `/v1/files/${id}`, { visibility: 'private' })],
  ])('that was %s gives those who had it no new URL, at once', async (_, change) => {
    const file = await sharing();
    const bob = tenant.user('bob');
    await bob.ask('POST', `/v1/files/${file.id}/download-url`);
    await change(file);
    for (const path of ['download-url', 'image-url'])
      expect(await bob.refusal('POST', `/v1/files/${file.id}/${path}`)).toMatchObject({ status: 403 });
    expect(await bob.refusal('GET', `/v1/files/${file.id}`)).toMatchObject({ status: 403 });
  });

  it('that was taken away ends the signed image URL of who had it', async () => {
    const file = await sharing();
    const bob = tenant.user('bob');
    const { url } = await bob.ask<ImageUrlAnswer>('POST', `/v1/files/${file.id}/image-url`);
    expect(await statusOf(url)).toBe(200);
    await alice.ask('DELETE', `/v1/files/${file.id}/shares/bob`);
    await expect.poll(() => statusOf(url), { timeout: 6_000, interval: 100 }).toBeGreaterThanOrEqual(400);
  });

  it('refuses a signed image URL that is changed to another file, size or time', async () => {
    const file = await sharing();
    const other = await upload({ visibility: 'private' });
    const { url } = await alice.ask<ImageUrlAnswer>('POST', `/v1/files/${file.id}/image-url`, {
      options: 'fit-in/20x20',
    });
    expect(await statusOf(url)).toBe(200);
    const signed = new URL(url);
    const forged = [
      url.replace(file.key, other.key),
      url.replace('20x20', '40x40'),
      url.replace('fit-in/20x20/', ''),
      ...[...signed.searchParams].flatMap(([name, value]) => {
        const longer = new URL(url);
        longer.searchParams.set(
          name,
          /^\d+$/.test(value) ? `${Number(value) + 600}` : `${value.slice(0, -2)}AA`,
        );
        const without = new URL(url);
        without.searchParams.delete(name);
        return [longer.href, without.href];
      }),
    ].filter((each) => each !== url);
    for (const each of forged)
      expect([each, await statusOf(each)]).toEqual([each, expect.toSatisfy((s) => s >= 400)]);
  });
});

describe('a private file', () => {
  it('is answered on the images host as one that never was', async () => {
    const file = await upload({ visibility: 'public' });
    const hidden = await upload({ visibility: 'private' });
    const ask = async (key: string) => {
      const answer = await fetch((file.url ?? '').replace(file.key, key));
      const headers = Object.fromEntries(answer.headers);
      for (const name of ['date', 'x-request-id']) delete headers[name];
      const text = (await answer.text()).replaceAll(key, 'KEY').replace(/"requestId":"[^"]+"/, '');
      return { status: answer.status, text, headers };
    };
    const unknown = hidden.key.replace(/[0-9a-f]{12}(?=\.)/, '0123456789ab');
    expect(await ask(hidden.key)).toEqual(await ask(unknown));
    expect((await ask(hidden.key)).status).toBe(404);
  });
});
