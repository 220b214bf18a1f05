import type { FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { plain } from '../images/sample-images.ts';

/** The service allows one page; the environment of the shop allows another one instead. */
const ofService = 'https://app.example.com';
const ofShop = 'https://shop.example.com';
const strange = 'https://evil.example.com';
const inTime = { withinSeconds: 5 };
let service: RunningService;
let usual: Tenant;
let shop: Tenant;
let images: { usual: FileView; shop: FileView };

const allowInShop = (corsOrigins: unknown) => shop.admin.ask('PATCH', '/v1/environment', { corsOrigins });

beforeAll(async () => {
  service = await startService({ env: { BKEND_CORS_ORIGINS: ofService } });
  [usual, shop] = await Promise.all([createTenant(service), createTenant(service)]);
  const bytes = new Uint8Array(await plain('red'));
  const put = async (tenant: Tenant) => {
    const file = { bytes, originalName: 'red.png', mimeType: 'image/png', visibility: 'public' } as const;
    return uploadFile(await tenant.user('alice'), file);
  };
  images = { usual: await put(usual), shop: await put(shop) };
  await allowInShop([ofShop]);
});
afterAll(() => service?.[Symbol.asyncDispose]());

/** Which page may read the answer, and the headers that caches store it by. */
async function ask(url: string, origin?: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    headers: { ...headers, ...(origin !== undefined && { Origin: origin }) },
  });
  await answer.arrayBuffer();
  const readableFor = answer.headers.get('access-control-allow-origin');
  return { status: answer.status, readableFor, vary: answer.headers.get('vary') ?? '', answer };
}

function urlOf(file: FileView, options = ''): string {
  const { origin, pathname } = new URL(file.url ?? '');
  return `${origin}${options}${pathname}`;
}

describe('images', () => {
  it.each([
    ['the original', ''],
    ['a rendition that is made, then cached', '/30x20'],
  ])('are read by pages of their own environment: %s', async (_what, options) => {
    const url = urlOf(images.shop, options);
    await eventually(
      'the setting is in force',
      async () => (await ask(url, ofShop)).readableFor === ofShop || undefined,
      inTime,
    );
    const etag = (await ask(url)).answer.headers.get('etag') ?? '';
    for (const [headers, status] of [
      [{}, 200],
      [{ 'If-None-Match': etag }, 304],
    ] as const) {
      for (const origin of [ofShop, ofService, strange, undefined]) {
        const answer = await ask(url, origin, headers);
        expect(answer).toMatchObject({ status, readableFor: origin === ofShop ? ofShop : null });
        expect(answer.vary).toBe(options === '' ? 'Origin' : 'Accept, Origin');
      }
      const other = urlOf(images.usual, options);
      expect((await ask(other, ofService, {})).readableFor).toBe(ofService);
      expect((await ask(other, ofShop, {})).readableFor).toBeNull();
    }
  });

  it('that are not there are refused alike, whether there is such an environment or not', async () => {
    for (const tenant of [shop.environment, usual.environment, 'nothing/here']) {
      const url = `${service.imagesUrl}/${tenant}/images/2026/01/none.png`;
      expect(await ask(url, ofService)).toMatchObject({ status: 404, readableFor: ofService });
      expect(await ask(url, ofShop)).toMatchObject({ status: 404, readableFor: null });
    }
  });
});

describe('presigned URLs', () => {
  /** Whom a preflight and the request itself let read, of an upload and of a download. */
  async function usableFrom(origin: string) {
    const upload = { filename: 'a.txt', contentType: 'text/plain', fileSize: 5 };
    const { url } = await usual.admin.ask<{ url: string }>('POST', '/v1/files/presigned-url', upload);
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' },
    });
    const put = await fetch(url, {
      method: 'PUT',
      headers: { Origin: origin, 'Content-Type': 'text/plain' },
      body: 'hello',
    });
    expect(put.status).toBe(200);
    const download = `/v1/files/${images.usual.id}/download-url`;
    const presigned = await usual.admin.ask<{ url: string }>('POST', download, { expiresIn: 600 });
    const got = await fetch(presigned.url, { headers: { Origin: origin } });
    expect(got.status).toBe(200);
    const allowed = [preflight, put, got].map(({ headers }) => headers.get('access-control-allow-origin'));
    return [...new Set(allowed)];
  }

  it('are used from pages that the service or any environment allows', async () => {
    await eventually(
      'the rule of the bucket follows',
      async () => (await usableFrom(ofShop))[0] === ofShop || undefined,
      inTime,
    );
    expect(await usableFrom(ofShop)).toEqual([ofShop]);
    expect(await usableFrom(ofService)).toEqual([ofService]);
    expect(await usableFrom(strange)).toEqual([null]);
  });

  it('are used from any page while one environment allows all, whose images any page reads', async () => {
    await allowInShop('*');
    await eventually(
      'the rule of the bucket follows',
      async () => (await usableFrom(strange))[0] === '*' || undefined,
      inTime,
    );
    const url = urlOf(images.shop, '/30x20');
    const readable = async () => (await ask(url, strange)).readableFor === '*' || undefined;
    await eventually('the setting is in force', readable, inTime);
    expect((await ask(url, strange)).vary).toBe('Accept');
    expect((await ask(urlOf(images.usual), strange)).readableFor).toBeNull();

    await allowInShop(null);
    const closed = async () => (await usableFrom(strange))[0] === null || undefined;
    await eventually('the rule of the bucket follows', closed, inTime);
  });
});
