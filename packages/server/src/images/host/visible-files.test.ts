import { createHmac } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { buildImagePath, type ImageUrl, parseImagePath } from '@bkend/storage-contract';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { speak } from '../../../../test-support/src/network/raw-http.ts';
import { imageUrlSecret } from '../../../test/images/running-host.ts';
import { plain } from '../../../test/images/sample-images.ts';
import { photoKey, sizeOf, useHost } from '../../../test/images/use-host.ts';
import { type ImageUrlClaims, signImageAccess } from '../../image-links/signed-image-url.ts';

const images = useHost();

describe('visible files', () => {
  it('are public ones alone: unknown keys and others get the same response', async () => {
    images.world.put('app/dev/private.jpg', images.photo, { visibility: 'private' });
    images.world.put('app/dev/protected.jpg', images.photo, { visibility: 'protected' });
    for (const options of ['', '/300x200']) {
      const bodies = await Promise.all(
        ['private', 'protected', 'unknown'].map(async (name) => {
          const answer = await images.get(`${options}/app/dev/${name}.jpg`);
          const { requestId, ...body } = (await answer.json()) as { requestId: string };
          return { status: answer.status, body, cache: answer.headers.get('cache-control') };
        }),
      );
      expect(bodies[0]?.status).toBe(404);
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    }
  });

  it('leave memory and disk on a notification', async () => {
    expect((await images.get(`/170x100/${photoKey}`)).status).toBe(200);
    await expect.poll(() => readdir(images.host.cacheDirectory, { recursive: true })).toHaveLength(3);
    images.world.change(photoKey, { visibility: 'private' });
    images.world.tell(photoKey);
    expect((await images.get(`/170x100/${photoKey}`)).status).toBe(404);
    expect((await images.get(`/${photoKey}`)).status).toBe(404);
    await expect.poll(() => readdir(images.host.cacheDirectory, { recursive: true })).toHaveLength(1);
  });

  it('are read again after a notification', async () => {
    for (const width of [150, 151, 152])
      expect((await images.get(`/${width}x100/${photoKey}`)).status).toBe(200);
    expect(images.world.reads).toBe(1);
    images.world.tell(photoKey);
    expect((await images.get(`/153x100/${photoKey}`)).status).toBe(200);
    expect(images.world.reads).toBe(2);
  });

  it('have new reduced copies after a notification', async () => {
    const large = (colour: string) => plain(colour, 2000, 1500);
    const colourOf = async (path: string) => {
      const answer = await images.get(`/${path}/filters:format(png)/${photoKey}`);
      return [
        ...(
          await sharp(Buffer.from(await answer.arrayBuffer()))
            .raw()
            .toBuffer()
        ).subarray(0, 3),
      ];
    };
    images.world.put(photoKey, await large('#ff0000'), { mimeType: 'image/png' });
    expect(await colourOf('150x100')).toEqual([255, 0, 0]);
    // The record of the file is unchanged.
    images.world.bytes.set(photoKey, await large('#0000ff'));
    expect(await colourOf('151x100')).toEqual([255, 0, 0]);
    images.world.tell(photoKey);
    expect(await colourOf('152x100')).toEqual([0, 0, 255]);
  });

  it('are hidden also while a rendition is being made', async () => {
    let release = () => {};
    images.world.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = images.get(`/180x100/${photoKey}`);
    await expect.poll(() => images.world.reads).toBe(1);
    images.world.change(photoKey, { visibility: 'private' });
    images.world.tell(photoKey);
    release();
    expect((await asked).status).toBe(404);
  });

  it('are looked up once for several requests', async () => {
    for (let round = 0; round < 10; round++) await images.get(`/190x100/${photoKey}`);
    expect(images.world.lookups).toBe(1);
  });
});

describe('signed image URLs', () => {
  const hidden = 'app/dev/images/2026/02/hidden.jpg';
  const olga: ImageUrlClaims = {
    tenant: 'app/dev',
    viewer: { kind: 'user', userId: 'olga' },
    expiresAt: new Date('2026-02-03T12:01:00Z'),
  };
  const signed = (options: string, claims = olga, secret = imageUrlSecret): string => {
    const url = parseImagePath(`${options}/${hidden}`) as ImageUrl;
    return buildImagePath({ ...url, access: signImageAccess(secret, claims, url) });
  };
  beforeEach(() => images.world.put(hidden, images.photo, { visibility: 'private' }));

  it('show files that their viewer may read, for private caches', async () => {
    const answer = await images.get(signed('/fit-in/300x300'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    expect(await sizeOf(answer)).toMatchObject({ width: 300, height: 225 });
    expect((await images.get(signed(''))).status).toBe(200);
    expect((await images.get(`/fit-in/300x300/${hidden}`)).status).toBe(404);
  });

  it('are refused after any change', async () => {
    const path = signed('/fit-in/300x300');
    expect((await images.get(path.replace('300x300', '301x300'))).status).toBe(403);
    expect((await images.get(path.replace(hidden, photoKey))).status).toBe(403);
    expect((await images.get(signed('/fit-in/300x300', olga, 'another secret'))).status).toBe(403);
    const forged = Buffer.from(JSON.stringify([4102444800, 'app/dev', 'admin'])).toString('base64url');
    expect((await images.get(path.replace(/~[^.]+/, `~${forged}`))).status).toBe(403);
  });

  it('are refused after their expiry, and when their viewer may no longer read the file', async () => {
    const path = signed('/fit-in/310x310');
    expect((await images.get(path)).status).toBe(200);
    images.world.change(hidden, { ownerId: 'another user' });
    expect((await images.get(path)).status).toBe(403);
    images.world.change(hidden, { ownerId: 'olga' });
    images.world.now = new Date('2026-02-03T12:01:01Z');
    expect((await images.get(path)).status).toBe(403);
  });

  it('leave no signature in the log', async () => {
    await (await images.get(signed('/fit-in/320x320'))).arrayBuffer();
    await expect.poll(() => images.world.answered.at(-1)?.path).toBe(`/~/fit-in/320x320/${hidden}`);
  });

  it('are valid with their unreserved characters percent-encoded', async () => {
    const path = signed('/fit-in/330x330');
    const encode = (characters: RegExp) =>
      path.replace(/~[^/]*/, (access) =>
        access.replace(characters, (character) => `%${character.charCodeAt(0).toString(16)}`),
      );
    for (const characters of [/~/, /[~._-]/g, /\./])
      expect((await images.get(encode(characters))).status).toBe(200);
    expect((await images.get(encode(/~/).replace('330x330', '331x331'))).status).toBe(403);
  });

  it.each([
    ['percent-encoded', '/%7E'],
    ['percent-encoded in small letters', '/%7e'],
    ['behind a dot segment', '/./~'],
    ['behind options', '/fit-in/10x10/~'],
    ['behind many slashes', '///~'],
  ])('leave no signature in the log, %s', async (_, begin) => {
    const path = signed('/fit-in/340x340').replace('/~', begin);
    const access = /(?:~|%7e)([^/]+)/i.exec(path)?.[1] ?? expect.fail();
    const answered = images.world.answered.length;
    await speak(images.host.url, `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    await expect.poll(() => images.world.answered.length).toBe(answered + 1);
    expect(images.world.answered.at(-1)?.path).not.toContain(access);
  });

  it('of Thumbor are accepted with a signing key, and required when the operator says so', async () => {
    await images.restart({ settings: { signingKey: 'my-security-key', signedOnly: true } });
    const sign = (path: string) =>
      `/${createHmac('sha1', 'my-security-key').update(path).digest('base64').replaceAll('+', '-').replaceAll('/', '_')}/${path}`;
    expect((await images.get(sign(`300x200/${photoKey}`))).status).toBe(200);
    expect((await images.get(sign(`300x200/${photoKey}`).replace('300x', '301x'))).status).toBe(403);
    expect((await images.get(`/300x200/${photoKey}`)).status).toBe(403);
    expect((await images.get(`/unsafe/300x200/${photoKey}`)).status).toBe(403);
  });
});

describe('restrictions', () => {
  it('of sizes allow the original and the listed sizes', async () => {
    await images.restart({ settings: { allowedSizes: ['300x200', '100x0'] } });
    expect((await images.get(`/300x200/${photoKey}`)).status).toBe(200);
    expect((await images.get(`/100x/${photoKey}`)).status).toBe(200);
    expect((await images.get(`/${photoKey}`)).status).toBe(200);
    expect((await images.get(`/301x200/${photoKey}`)).status).toBe(400);
    expect((await images.get(`/filters:blur(2)/${photoKey}`)).status).toBe(400);
  });

  it('to presets allow presets alone', async () => {
    const presets = { thumb: 'fit-in/100x100/filters:grayscale()' };
    await images.restart({ settings: { presets, presetsOnly: true } });
    expect(await sizeOf(await images.get(`/preset:thumb/${photoKey}`))).toMatchObject({
      width: 100,
      height: 75,
    });
    expect((await images.get(`/preset:none/${photoKey}`)).status).toBe(400);
    expect((await images.get(`/preset:constructor/${photoKey}`)).status).toBe(400);
    expect((await images.get(`/preset:thumb/300x200/${photoKey}`)).status).toBe(400);
    expect((await images.get(`/300x200/${photoKey}`)).status).toBe(400);
  });
});
