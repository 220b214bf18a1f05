import { randomBytes } from 'node:crypto';
import type {
  AvatarAnswer,
  FileView,
  ListFilesAnswer,
  PresignAvatarAnswer,
  UsageAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { apiUrl, imagesUrl } = inject('service');
/** A PNG of one pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

const pathOf = (userId: string) => `/v1/users/${userId}/avatar`;

/** Asks for a URL and sends an image to it. */
async function sent(client: Client, userId: string, fields: object = {}): Promise<PresignAvatarAnswer> {
  const body = { filename: 'me.png', ...fields };
  const upload = await client.ask<PresignAvatarAnswer>('POST', `${pathOf(userId)}/upload-url`, body);
  const put = await putBytes(upload.url, new Uint8Array(png), upload.contentType);
  expect(put.status).toBe(200);
  return upload;
}

async function set(client: Client, userId: string): Promise<AvatarAnswer & { readonly key: string }> {
  const { key } = await sent(client, userId);
  return { ...(await client.ask<AvatarAnswer>('PATCH', pathOf(userId), { s3Key: key })), key };
}

const redirect = (client: Client, userId: string) =>
  fetch(apiUrl + pathOf(userId), { headers: client.headers, redirect: 'manual' });
const filesOf = async (client: Client) =>
  (await client.ask<ListFilesAnswer>('GET', '/v1/files?mine=true&bucket=avatars')).items;

describe('an avatar', () => {
  it('is set by its user, and its address lasts and is public', async () => {
    const upload = await sent(alice, 'alice');
    expect(upload).toMatchObject({ uploadUrl: upload.url, contentType: 'image/png' });
    const answer = await alice.ask<AvatarAnswer>('PATCH', pathOf('alice'), { s3Key: upload.key });
    expect(answer).toEqual({ id: 'alice', image: `${imagesUrl}/${upload.key}` });
    const image = await fetch(answer.image);
    expect(image.headers.get('content-type')).toBe('image/png');
    for (const caller of [alice, bob, tenant.guest]) {
      const response = await redirect(caller, 'alice');
      expect(response.status).toBe(302);
      expect(response.headers.get('location')).toBe(answer.image);
    }
    expect(await filesOf(alice)).toMatchObject([
      { s3Key: upload.key, visibility: 'public', bucket: 'avatars', category: 'images', ownerId: 'alice' },
    ]);
    expect(await alice.ask('PATCH', pathOf('alice'), { s3Key: upload.key })).toEqual(answer);
  });

  it('replaces the one of before, which goes with its usage', async () => {
    const carol = await tenant.user('carol');
    await set(carol, 'carol');
    const { image } = await set(carol, 'carol');
    expect(await filesOf(carol)).toHaveLength(1);
    expect((await redirect(carol, 'carol')).headers.get('location')).toBe(image);
    expect(await carol.ask<UsageAnswer>('GET', '/v1/usage')).toMatchObject({ files: 1, bytes: png.length });
  });

  it('is one, however many are set at once', async () => {
    const dave = await tenant.user('dave');
    const uploads = await Promise.all(Array.from({ length: 6 }, () => sent(dave, 'dave')));
    const answers = await Promise.all(
      uploads.map(({ key }) => dave.send<AvatarAnswer>('PATCH', pathOf('dave'), { s3Key: key })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const files = await filesOf(dave);
    expect(files).toHaveLength(1);
    expect((await redirect(dave, 'dave')).headers.get('location')).toBe(files[0]?.url);
  });

  it('goes with DELETE, again and again, and is 404 from then on', async () => {
    const erin = await tenant.user('erin');
    await set(erin, 'erin');
    for (let count = 0; count < 2; count += 1) {
      expect(await erin.ask('DELETE', pathOf('erin'))).toEqual({ message: expect.any(String) });
    }
    expect(await filesOf(erin)).toEqual([]);
    expect((await redirect(erin, 'erin')).status).toBe(404);
    expect((await redirect(erin, 'unknown')).status).toBe(404);
  });

  it('goes with its file, and is for its user alone while that is private', async () => {
    const fay = await tenant.user('fay');
    const { key } = await set(fay, 'fay');
    const [file] = (await filesOf(fay)) as [FileView];
    await fay.ask('PATCH', `/v1/files/${file.id}`, { visibility: 'private' });
    expect((await redirect(bob, 'fay')).status).toBe(404);
    const own = await redirect(fay, 'fay');
    expect((await fetch(own.headers.get('location') ?? '')).status).toBe(200);
    await fay.ask('DELETE', `/v1/files/${file.id}?trash=true`);
    expect((await redirect(fay, 'fay')).status).toBe(404);
    const { key: next } = await set(fay, 'fay');
    expect(next).not.toBe(key);
    await fay.ask('POST', `/v1/files/${file.id}/restore`);
    expect((await redirect(fay, 'fay')).headers.get('location')).toContain(next);
  });

  it('of another user is set by admins alone', async () => {
    for (const [method, path, body] of [
      ['POST', `${pathOf('alice')}/upload-url`, { filename: 'me.png' }],
      ['PATCH', pathOf('alice'), { s3Key: 'any' }],
      ['DELETE', pathOf('alice'), undefined],
    ] as const) {
      expect(await bob.refusal(method, path, body)).toMatchObject({ status: 403, code: 'user/forbidden' });
      expect(await tenant.guest.refusal(method, path, body)).toMatchObject({ status: 401 });
    }
    const { image } = await set(tenant.admin, 'gil');
    const gil = await tenant.user('gil');
    expect(await filesOf(gil)).toMatchObject([{ ownerId: 'gil', ownerType: 'user', url: image }]);
    await tenant.admin.ask('DELETE', pathOf('gil'));
    expect(await filesOf(gil)).toEqual([]);
  });

  it('is refused with keys of others, of nothing, and of files that are none', async () => {
    const refused = (client: Client, userId: string, s3Key: string) =>
      client.refusal('PATCH', pathOf(userId), { s3Key });
    const ofBob = await sent(bob, 'bob');
    expect(await refused(alice, 'alice', ofBob.key)).toMatchObject({ code: 'file/access-denied' });
    await bob.ask('PATCH', pathOf('bob'), { s3Key: ofBob.key });
    expect(await refused(alice, 'alice', ofBob.key)).toMatchObject({
      status: 403,
      code: 'file/access-denied',
    });
    const unknown = ofBob.key.replace(/[0-9a-f]{12}\./, '000000000000.');
    expect(await refused(alice, 'alice', unknown)).toMatchObject({ status: 404 });
    const file = await uploadFile(alice, {
      originalName: 'a.png',
      mimeType: 'image/png',
      bytes: randomBytes(9),
    });
    expect(await refused(alice, 'alice', file.s3Key)).toMatchObject({ code: 'file/s3-key-already-exists' });
    const text = await sendFile(alice);
    expect(await refused(alice, 'alice', text.s3Key)).toMatchObject({ code: 'file/invalid-format' });
    const empty = await alice.ask<PresignAvatarAnswer>('POST', `${pathOf('alice')}/upload-url`, {
      filename: 'me.png',
    });
    expect(await refused(alice, 'alice', empty.key)).toMatchObject({ code: 'file/upload-incomplete' });
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });

  it.each([
    ['me.JPG', undefined, 'image/jpeg'],
    ['me.jpeg', undefined, 'image/jpeg'],
    ['me.gif', undefined, 'image/gif'],
    ['me.webp', undefined, 'image/webp'],
    ['me', 'image/png', 'image/png'],
    ['me.svg', undefined, undefined],
    ['me', undefined, undefined],
    ['me.png', 'image/svg+xml', undefined],
    ['me.png', 'text/html', undefined],
  ])('named %s and announced as %s is of the type %s', async (filename, contentType, type) => {
    const body = { filename, ...(contentType !== undefined && { contentType }) };
    const { status, json } = await alice.send<PresignAvatarAnswer>(
      'POST',
      `${pathOf('alice')}/upload-url`,
      body,
    );
    if (type === undefined) expect(json).toMatchObject({ error: { code: 'file/invalid-format' } });
    else expect({ status, type: json.contentType }).toEqual({ status: 200, type });
  });

  it('is refused where the environment has none', async () => {
    const own = await createTenant();
    const hal = await own.user('hal');
    await set(hal, 'hal');
    await own.admin.ask('PATCH', '/v1/environment', { avatars: false });
    await eventually(
      'avatars are off',
      async () => (await redirect(hal, 'hal')).status === 403 || undefined,
      { withinSeconds: 6 },
    );
    const refusal = await hal.refusal('POST', `${pathOf('hal')}/upload-url`, { filename: 'me.png' });
    expect(refusal).toMatchObject({ code: 'user/forbidden', details: { rule: 'avatars' } });
  });
});
