import { createHmac } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { buildImagePath, type ImageUrl, parseImagePath } from '@bkend/storage-contract';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { animation, logo, photograph, plain, scenery } from '../../test/images/pictures.ts';
import { type RunningHost, startHost, ticketSecret, World } from '../../test/images/running-host.ts';
import { type ImageTicket, issueImageTicket } from '../files/image-ticket.ts';

const key = 'app/dev/images/2026/02/photo.jpg';

let world: World;
let host: RunningHost;
let photo: Buffer;
beforeEach(async () => {
  world = new World();
  photo = await photograph();
  world.put(key, photo);
  host = await startHost(world);
});
afterEach(() => host[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${host.url}${path}`, { headers, method });

async function restart(options: Parameters<typeof startHost>[1]): Promise<void> {
  await host[Symbol.asyncDispose]();
  host = await startHost(world, options);
}

async function sizeOf(answer: Response) {
  const { width, height, format } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
  return { width, height, format };
}

describe('originals', () => {
  it('are sent as they are', async () => {
    const answer = await get(`/${key}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(photo);
  });

  it('are sent in ranges, and only of the version that is asked for', async () => {
    const part = await get(`/${key}`, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 10-19/${photo.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(photo.subarray(10, 20));
    expect((await get(`/${key}`, { range: 'bytes=10-19', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(`/${key}`, { range: `bytes=${photo.length}-` })).status).toBe(416);
  });

  it('are read neither for who has them, nor for HEAD', async () => {
    const head = await get(`/${key}`, { range: 'bytes=0-3' }, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(photo.length));
    const etag = head.headers.get('etag') ?? '';
    for (const tags of [etag, `"x", W/${etag}`, '*']) {
      const answer = await get(`/${key}`, { 'if-none-match': tags });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('cache-control')).toContain('max-age');
    }
    expect(world.reads).toBe(0);
    expect((await get(`/${key}`, { 'if-none-match': '"other", W/"another"' })).status).toBe(200);
    expect((await get('/app/dev/none.jpg', { 'if-none-match': '*' })).status).toBe(404);
  });

  it('have the headers that this host chose, and none of the store', async () => {
    const answer = await get(`/${key}`, { connection: 'close' });
    expect(
      [...answer.headers.keys()].filter((name) => !['connection', 'date'].includes(name)).sort(),
    ).toEqual([
      ...[
        'accept-ranges',
        'access-control-allow-origin',
        'cache-control',
        'content-disposition',
        'content-length',
      ],
      ...['content-security-policy', 'content-type', 'cross-origin-resource-policy', 'etag'],
      ...['x-content-type-options', 'x-request-id'],
    ]);
  });

  it('are attachments when they could run something', async () => {
    world.put('app/dev/a.svg', scenery(), { mimeType: 'image/svg+xml' });
    const answer = await get('/app/dev/a.svg');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('results', () => {
  it.each([
    ['/fit-in/300x300', 300, 225],
    ['/300x200', 300, 200],
    ['/300x200/smart', 300, 200],
    ['/300x', 300, 225],
    ['/x300', 400, 300],
    ['/unsafe/fit-in/300x300', 300, 225],
    ['/fit-in/2000x2000', 800, 600],
    ['/2000x100', 800, 100],
  ])('of %s are %i by %i', async (options, width, height) => {
    const answer = await get(`${options}/${key}`);
    expect(answer.status).toBe(200);
    expect(await sizeOf(answer)).toEqual({ width, height, format: 'jpeg' });
  });

  it('come in the best format the client names, and say so to caches', async () => {
    const format = async (accept: string) => {
      const answer = await get(`/100x100/${key}`, { accept });
      expect(answer.headers.get('vary')).toBe('Accept');
      return answer.headers.get('content-type');
    };
    expect(await format('image/avif,image/webp,*/*;q=0.8')).toBe('image/avif');
    expect(await format('image/webp,*/*')).toBe('image/webp');
    expect(await format('image/avif;q=0.5,image/webp;q=0.9')).toBe('image/webp');
    expect(await format('image/avif;q=0,image/webp;q=0')).toBe('image/jpeg');
    expect(await format('*/*')).toBe('image/jpeg');
    const named = await get(`/100x100/filters:format(png)/${key}`, { accept: 'image/webp' });
    expect(named.headers.get('content-type')).toBe('image/png');
    expect(named.headers.get('vary')).toBeNull();
  });

  it('are made once, and found in memory and, after a restart, on disk', async () => {
    const { cacheDirectory } = host;
    const first = await get(`/120x100/${key}`);
    expect(first.headers.get('x-cache')).toBe('MISS');
    const second = await get(`/unsafe/120x100/center/middle/filters:strip_exif()/${key}`);
    expect(second.headers.get('x-cache')).toBe('HIT, memory');
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    await expect.poll(() => readdir(cacheDirectory, { recursive: true })).toHaveLength(3);
    const other = await startHost(world, { cacheDirectory });
    const third = await fetch(`${other.url}/120x100/${key}`);
    expect(third.headers.get('x-cache')).toBe('HIT, disk');
    expect(await third.arrayBuffer()).toEqual(await first.arrayBuffer());
    await other[Symbol.asyncDispose]();
  });

  it('cost one computation when many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => get(`/130x100/${key}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200));
    expect(world.reads).toBe(1);
  });

  it('are not made for who has them, nor for HEAD', async () => {
    const head = await get(`/140x100/${key}`, {}, 'HEAD');
    const etag = head.headers.get('etag') ?? '';
    expect(head.status).toBe(200);
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    for (const tags of [etag, `"x", W/${etag}`, '*']) {
      const answer = await get(`/140x100/${key}`, { 'if-none-match': tags });
      expect(answer.status).toBe(304);
      expect(answer.headers.get('cache-control')).toContain('max-age');
    }
    expect(world.reads).toBe(0);
    expect((await get(`/140x100/${key}`, { 'if-none-match': '"other"' })).headers.get('etag')).toBe(etag);
  });

  it('are answered at once when they are at hand, to each client with what it asks for', async () => {
    const atOnce = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await get(path, headers);
      await answer.arrayBuffer();
      await expect.poll(() => world.answered.length).toBe(++answers);
      return { atOnce: world.answered.at(-1)?.atOnce, type: answer.headers.get('content-type'), answer };
    };
    let answers = 0;
    const path = `/145x100/${key}`;
    const webp = { accept: 'image/webp' };
    expect(await atOnce(path)).toMatchObject({ atOnce: false, type: 'image/jpeg' });
    expect(await atOnce(path, webp)).toMatchObject({ atOnce: false, type: 'image/webp' });
    expect(await atOnce(path)).toMatchObject({ atOnce: true, type: 'image/jpeg' });
    const { answer, ...rest } = await atOnce(path, webp);
    expect(rest).toEqual({ atOnce: true, type: 'image/webp' });
    expect(answer.headers.get('vary')).toBe('Accept');
    const etag = answer.headers.get('etag') ?? '';
    const unchanged = await atOnce(path, { ...webp, 'if-none-match': etag });
    expect([unchanged.answer.status, unchanged.atOnce]).toEqual([304, true]);
    const part = await atOnce(path, { ...webp, range: 'bytes=0-3' });
    expect([part.answer.status, part.atOnce]).toEqual([206, true]);
  });

  it('are no longer at hand once there is news of the picture or of an overlay', async () => {
    world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    const path = `/200x/filters:watermark(app/dev/logo.png,0,0,0)/${key}`;
    const etags = new Set<string | null>();
    for (const changed of ['app/dev/logo.png', key]) {
      for (const cached of ['MISS', 'HIT, memory']) {
        const answer = await get(path);
        expect(answer.headers.get('x-cache')).toBe(cached);
        etags.add(answer.headers.get('etag'));
        await answer.arrayBuffer();
      }
      world.change(changed, { etag: `changed ${changed}` });
      world.tell(changed);
    }
    expect((await get(path)).headers.get('x-cache')).toBe('MISS');
    expect(etags.size).toBe(2);
    world.change('app/dev/logo.png', { visibility: 'private' });
    world.tell('app/dev/logo.png');
    expect((await get(path)).status).toBe(400);
  });

  it('follow hints from memory as well', async () => {
    await restart({ settings: { clientHints: true } });
    for (const _ of [1, 2]) {
      for (const [dpr, width] of [
        ['1', 100],
        ['2', 200],
      ] as const) {
        const answer = await get(`/100x50/${key}`, { 'sec-ch-dpr': dpr });
        expect(await sizeOf(answer)).toMatchObject({ width });
      }
    }
  });

  it('are sent in ranges, the headers alone whole', async () => {
    const head = await get(`/150x100/${key}`, { range: 'bytes=0-3' }, 'HEAD');
    expect(head.status).toBe(200);
    const beyond = await get(`/150x100/${key}`, { range: 'bytes=9999999-' });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('cache-control')).toBe('no-store');
    const whole = Buffer.from(await (await get(`/150x100/${key}`)).arrayBuffer());
    const part = await get(`/150x100/${key}`, { range: 'bytes=-5' });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(-5));
  });

  it('may be kept for a while and shown while they are made anew', async () => {
    const answer = await get(`/160x100/${key}`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300, must-revalidate');
  });

  it('end when the URL says so', async () => {
    const soon = world.now.getTime() + 10_000;
    const answer = await get(`/160x100/filters:expire(${soon})/${key}`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=10, must-revalidate');
    expect((await get(`/160x100/filters:expire(1000)/${key}`)).status).toBe(404);
  });

  it('are saved under a name when the URL says so', async () => {
    const answer = await get(`/160x100/filters:attachment(cat.jpg)/${key}`);
    expect(answer.headers.get('content-disposition')).toContain('attachment; filename="cat.jpg"');
    const own = await get(`/160x100/filters:attachment()/${key}`);
    expect(own.headers.get('content-disposition')).toContain('filename="photo.jpg"');
  });

  it('pass over filters there are not, and name them', async () => {
    const answer = await get(`/160x100/filters:curve(1):grayscale()/${key}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ignored-filters')).toBe('curve');
  });

  it('are refused for options that are wrong, each of them named', async () => {
    const answer = await get(`/160x100/filters:quality(0):blur(x)/${key}`);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as {
      error: { code: string; details: { issues: { field: string }[] } };
    };
    expect(error.code).toBe('common/invalid-parameters');
    expect(error.details.issues.map(({ field }) => field)).toEqual(['filters.quality', 'filters.blur']);
  });

  it('carry overlays that are public, and none that are not', async () => {
    world.put('app/dev/logo.png', await logo(), { mimeType: 'image/png' });
    world.put('app/dev/secret.png', await logo(), { mimeType: 'image/png', visibility: 'private' });
    const answer = await get(`/200x/filters:watermark(app/dev/logo.png,0,0,0)/${key}`);
    const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (60 * info.width + 60) * info.channels;
    expect(data[at]).toBeGreaterThan(200);
    expect(data[at + 1]).toBeLessThan(40);
    expect((await get(`/200x/filters:watermark(app/dev/secret.png,0,0,0)/${key}`)).status).toBe(400);
    expect((await get(`/200x/filters:watermark(app/dev/none.png,0,0,0)/${key}`)).status).toBe(400);
  });

  it('keep animations moving', async () => {
    world.put('app/dev/a.gif', await animation(), { mimeType: 'image/gif' });
    const answer = await get('/60x60/app/dev/a.gif', { accept: 'image/avif,image/webp' });
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({
      pages: 3,
      delay: [100, 200, 300],
    });
  });

  it('describe a picture when meta is asked for', async () => {
    const answer = await get(`/meta/filters:blurhash(4,3):thumbhash():avgcolor()/${key}`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toMatchObject({
      format: 'jpeg',
      width: 800,
      height: 600,
      pages: 1,
      size: photo.length,
      blurhash: expect.stringMatching(/^L/),
      thumbhash: expect.any(String),
      avgcolor: expect.stringMatching(/^#[0-9a-f]{6}$/),
    });
  });

  it('follow client hints when those are switched on', async () => {
    const hints = { 'sec-ch-dpr': '2', 'save-data': 'on' };
    expect(await sizeOf(await get(`/100x50/${key}`, hints))).toMatchObject({ width: 100 });
    await restart({ settings: { clientHints: true } });
    const answer = await get(`/100x50/${key}`, hints);
    expect(answer.headers.get('vary')).toBe('Accept, Save-Data, Sec-CH-DPR, Sec-CH-Width');
    expect(await sizeOf(answer)).toMatchObject({ width: 200, height: 100 });
    const wide = await get(`/filters:grayscale()/${key}`, { 'sec-ch-width': '320' });
    expect(await sizeOf(wide)).toMatchObject({ width: 350 });
  });

  it('say of which headers they depend, and of no others', async () => {
    const vary = async (path: string) => (await get(path)).headers.get('vary');
    expect(await vary(`/filters:format(webp)/${key}`)).toBeNull();
    expect(await vary(`/meta/${key}`)).toBeNull();
    await restart({ settings: { clientHints: true } });
    expect(await vary(`/100x/filters:format(webp)/${key}`)).toBe('Save-Data, Sec-CH-DPR, Sec-CH-Width');
    const thrifty = await get(`/100x/${key}`, { 'save-data': 'on' });
    const lavish = await get(`/100x/${key}`);
    const said = await get(`/100x/filters:quality(90)/${key}`, { 'save-data': 'on' });
    const length = async (answer: Response) => (await answer.arrayBuffer()).byteLength;
    const [few, many, asked] = await Promise.all([thrifty, lavish, said].map(length));
    expect(few).toBeLessThan(many ?? 0);
    expect(asked).toBeGreaterThan(many ?? 0);
    expect(thrifty.headers.get('accept-ch')).toBe('Sec-CH-DPR, Sec-CH-Width');
  });

  it('that cannot be made are never kept by a cache', async () => {
    world.put('app/dev/broken.jpg', photo.subarray(0, 300));
    for (const [path, status] of [
      [`/10x10/filters:quality(0)/${key}`, 400],
      ['/10x10/app/dev/none.jpg', 404],
      ['/10x10/app/dev/broken.jpg', 400],
      ['/app/dev/none.jpg', 404],
      [`/8ammJH8D-7tXy6kU3lTvoXlhu4o=/10x10/${key}`, 403],
    ] as const) {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
  });

  it('are refused with a time to come back when too many wait', async () => {
    await restart({ settings: { maxQueued: 1 } });
    let release = () => {};
    world.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = Array.from({ length: 30 }, (_, index) => get(`/${200 + index}x100/${key}`));
    const refused = await Promise.any(
      asked.map(async (promise) => {
        const answer = await promise;
        if (answer.status !== 503) throw new Error('served');
        return answer;
      }),
    );
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    release();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  });
});

describe('what may be seen', () => {
  it('is public files alone: unknown keys and others give the same answer', async () => {
    world.put('app/dev/private.jpg', photo, { visibility: 'private' });
    world.put('app/dev/protected.jpg', photo, { visibility: 'protected' });
    for (const options of ['', '/300x200']) {
      const bodies = await Promise.all(
        ['private', 'protected', 'unknown'].map(async (name) => {
          const answer = await get(`${options}/app/dev/${name}.jpg`);
          const { requestId, ...body } = (await answer.json()) as { requestId: string };
          return { status: answer.status, body, cache: answer.headers.get('cache-control') };
        }),
      );
      expect(bodies[0]?.status).toBe(404);
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    }
  });

  it('ends with a notice, in memory and on disk', async () => {
    expect((await get(`/170x100/${key}`)).status).toBe(200);
    await expect.poll(() => readdir(host.cacheDirectory, { recursive: true })).toHaveLength(3);
    world.change(key, { visibility: 'private' });
    world.tell(key);
    expect((await get(`/170x100/${key}`)).status).toBe(404);
    expect((await get(`/${key}`)).status).toBe(404);
    await expect.poll(() => readdir(host.cacheDirectory, { recursive: true })).toHaveLength(1);
  });

  it('ends for the original that was kept for further sizes', async () => {
    for (const width of [150, 151, 152]) expect((await get(`/${width}x100/${key}`)).status).toBe(200);
    expect(world.reads).toBe(1);
    world.tell(key);
    expect((await get(`/153x100/${key}`)).status).toBe(200);
    expect(world.reads).toBe(2);
  });

  it('ends for what further sizes of a large one begin from', async () => {
    const large = (colour: string) => plain(colour, 2000, 1500);
    const colourOf = async (path: string) => {
      const answer = await get(`/${path}/filters:format(png)/${key}`);
      return [
        ...(
          await sharp(Buffer.from(await answer.arrayBuffer()))
            .raw()
            .toBuffer()
        ).subarray(0, 3),
      ];
    };
    world.put(key, await large('#ff0000'), { mimeType: 'image/png' });
    expect(await colourOf('150x100')).toEqual([255, 0, 0]);
    // As far as the file tells, it is the same.
    world.bytes.set(key, await large('#0000ff'));
    expect(await colourOf('151x100')).toEqual([255, 0, 0]);
    world.tell(key);
    expect(await colourOf('152x100')).toEqual([0, 0, 255]);
  });

  it('ends while a picture is being made', async () => {
    let release = () => {};
    world.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = get(`/180x100/${key}`);
    await expect.poll(() => world.reads).toBe(1);
    world.change(key, { visibility: 'private' });
    world.tell(key);
    release();
    expect((await asked).status).toBe(404);
  });

  it('spares the database while it is known', async () => {
    for (let round = 0; round < 10; round++) await get(`/190x100/${key}`);
    expect(world.lookups).toBe(1);
  });
});

describe('signed URLs', () => {
  const hidden = 'app/dev/images/2026/02/hidden.jpg';
  const olga: ImageTicket = {
    tenant: 'app/dev',
    viewer: { kind: 'user', userId: 'olga' },
    expiresAt: new Date('2026-02-03T12:01:00Z'),
  };
  const signed = (options: string, ticket = olga, secret = ticketSecret): string => {
    const url = parseImagePath(`${options}/${hidden}`) as ImageUrl;
    return buildImagePath({ ...url, access: issueImageTicket(secret, ticket, url) });
  };
  beforeEach(() => world.put(hidden, photo, { visibility: 'private' }));

  it('show what their viewer may see, to be kept by nobody else', async () => {
    const answer = await get(signed('/fit-in/300x300'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    expect(await sizeOf(answer)).toMatchObject({ width: 300, height: 225 });
    expect((await get(signed(''))).status).toBe(200);
    expect((await get(`/fit-in/300x300/${hidden}`)).status).toBe(404);
  });

  it('are refused when anything in them is changed', async () => {
    const path = signed('/fit-in/300x300');
    expect((await get(path.replace('300x300', '301x300'))).status).toBe(403);
    expect((await get(path.replace(hidden, key))).status).toBe(403);
    expect((await get(signed('/fit-in/300x300', olga, 'another secret'))).status).toBe(403);
    const forged = Buffer.from(JSON.stringify([4102444800, 'app/dev', 'admin'])).toString('base64url');
    expect((await get(path.replace(/~[^.]+/, `~${forged}`))).status).toBe(403);
  });

  it('are refused when they are over, and when their viewer has lost access', async () => {
    const path = signed('/fit-in/310x310');
    expect((await get(path)).status).toBe(200);
    world.change(hidden, { ownerId: 'somebody else' });
    expect((await get(path)).status).toBe(403);
    world.change(hidden, { ownerId: 'olga' });
    world.now = new Date('2026-02-03T12:01:01Z');
    expect((await get(path)).status).toBe(403);
  });

  it('leave no permission in the log', async () => {
    await (await get(signed('/fit-in/320x320'))).arrayBuffer();
    await expect.poll(() => world.answered.at(-1)?.path).toBe(`/~/fit-in/320x320/${hidden}`);
  });

  it('of Thumbor are taken when there is a key, and needed when whoever runs this says so', async () => {
    await restart({ settings: { signingKey: 'my-security-key', signedOnly: true } });
    const sign = (path: string) =>
      `/${createHmac('sha1', 'my-security-key').update(path).digest('base64').replaceAll('+', '-').replaceAll('/', '_')}/${path}`;
    expect((await get(sign(`300x200/${key}`))).status).toBe(200);
    expect((await get(sign(`300x200/${key}`).replace('300x', '301x'))).status).toBe(403);
    expect((await get(`/300x200/${key}`)).status).toBe(403);
    expect((await get(`/unsafe/300x200/${key}`)).status).toBe(403);
  });
});

describe('restrictions', () => {
  it('of sizes leave the original and the allowed ones', async () => {
    await restart({ settings: { allowedSizes: ['300x200', '100x0'] } });
    expect((await get(`/300x200/${key}`)).status).toBe(200);
    expect((await get(`/100x/${key}`)).status).toBe(200);
    expect((await get(`/${key}`)).status).toBe(200);
    expect((await get(`/301x200/${key}`)).status).toBe(400);
    expect((await get(`/filters:blur(2)/${key}`)).status).toBe(400);
  });

  it('to presets leave nothing else', async () => {
    const presets = { thumb: 'fit-in/100x100/filters:grayscale()' };
    await restart({ settings: { presets, presetsOnly: true } });
    expect(await sizeOf(await get(`/preset:thumb/${key}`))).toMatchObject({ width: 100, height: 75 });
    expect((await get(`/preset:none/${key}`)).status).toBe(400);
    expect((await get(`/preset:constructor/${key}`)).status).toBe(400);
    expect((await get(`/preset:thumb/300x200/${key}`)).status).toBe(400);
    expect((await get(`/300x200/${key}`)).status).toBe(400);
  });
});

describe('what cannot be rendered', () => {
  it.each([
    ['text', Buffer.from('hello, this is no picture at all'), 'image/jpeg', 400],
    ['a document under a picture’s name', scenery(), 'image/png', 400],
    ['a picture under a document’s name', Buffer.from('%PDF-1.4 and so on and on'), 'application/pdf', 400],
    ['nothing', Buffer.alloc(0), 'image/png', 400],
  ])('is refused: %s', async (_, bytes, mimeType, status) => {
    world.put('app/dev/x', bytes, { mimeType });
    expect((await get('/10x10/app/dev/x')).status).toBe(status);
  });

  it('is refused before it is decoded when it has too many pixels', async () => {
    await restart({ limits: { maxSourceImagePixels: 1_000_000 } });
    world.put('app/dev/big.png', await plain('#123456', 2000, 1000), { mimeType: 'image/png' });
    const answer = await get('/10x10/app/dev/big.png');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'file/file-too-large' } });
  });

  it('is not decoded again at once', async () => {
    const broken = photo.subarray(0, 400);
    world.put('app/dev/broken.jpg', broken);
    expect((await get('/10x10/app/dev/broken.jpg')).status).toBe(400);
    const reads = world.reads;
    expect((await get('/10x10/app/dev/broken.jpg')).status).toBe(400);
    expect(world.reads).toBe(reads);
  });

  it('is any method but GET and HEAD', async () => {
    const answer = await get(`/10x10/${key}`, {}, 'POST');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('what would grow beyond all bounds', () => {
  it.each([
    '/fit-in/8000x8000/filters:fill(red)/app/dev/a.gif',
    '/8000x8000/filters:upscale()/app/dev/a.gif',
    '/stretch/8000x8000/filters:upscale():blur(2)/app/dev/a.gif',
  ])('is made as large as the limits let it: %s', async (path) => {
    await restart({ limits: { maxSourceImagePixels: 300_000 } });
    world.put('app/dev/a.gif', await animation(), { mimeType: 'image/gif' });
    const answer = await get(path);
    expect(answer.status).toBe(200);
    const { width, height, pages = 1 } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect(width * height * pages).toBeLessThanOrEqual(300_000);
    expect(width * height * pages).toBeGreaterThan(280_000);
  });

  it('is refused when it is padding', async () => {
    expect((await get(`/100x100/filters:padding(red,90000)/${key}`)).status).toBe(400);
    expect((await get(`/100x100/9000x9000/${key}`)).status).toBe(400);
  });
});
