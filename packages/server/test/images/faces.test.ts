import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaceThread } from '../../src/images/faces/face-thread.ts';
import type { FaceDetector } from '../../src/images/faces/faces.ts';
import { findModel } from '../../src/images/faces/weights.ts';
import { countKeptFaces, keyOf, smartCropBytes } from './faces/kept-faces.ts';
import { scenesWithFaces, scenesWithoutFaces } from './faces/scenes.ts';
import { type RunningHost, startHost, World } from './running-host.ts';

const key = keyOf('astronaut');
const astronaut = await readFile(join(import.meta.dirname, 'faces/astronaut.jpg'));

function openThread(): FaceThread {
  const thread = new FaceThread({
    directory: findModel() ?? '',
    niceness: 0,
    onFailure: (error) => {
      throw error;
    },
    // However busy the machine is.
    limitMs: 60_000,
  });
  onTestFinished(() => thread[Symbol.asyncDispose]());
  return thread;
}

/** Finds one fixed face in every image, and counts its calls. */
function sureOf(left: number): FaceDetector & { looks: number } {
  return {
    name: 'sure',
    looks: 0,
    async detect() {
      this.looks++;
      return [{ left, top: 0.4, right: left + 0.1, bottom: 0.6, score: 1 }];
    },
  };
}

const failing: FaceDetector = {
  name: 'failing',
  detect: () => Promise.reject(new Error('it is broken')),
};

async function open(
  faceDetector?: FaceDetector,
  bytes = astronaut,
): Promise<{ host: RunningHost; world: World }> {
  const world = new World();
  world.put(key, bytes);
  const host = await startHost(world, faceDetector ? { faceDetector } : {});
  onTestFinished(() => host[Symbol.asyncDispose]());
  return { host, world };
}

async function get(host: RunningHost, options: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${host.url}/${options}/${key}`, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, etag: answer.headers.get('etag') ?? '', body };
}

async function focal(host: RunningHost, options: string) {
  const { body } = await get(host, `meta/${options}`);
  return JSON.parse(body.toString()).focal;
}

describe('smart crops of images with faces', () => {
  it('keep more of them whole with face detection', { timeout: 300_000 }, async () => {
    // The measured numbers, less a few.
    const sizes = [
      { width: 300, height: 100, least: 0.93 },
      { width: 100, height: 300, least: 0.8 },
    ];
    const scenes = await scenesWithFaces();
    const attention = await countKeptFaces(scenes, sizes, {});
    const looking = await countKeptFaces(scenes, sizes, { faceDetector: openThread() });
    for (const [index, { least }] of sizes.entries()) {
      const { faces, kept, possible } = looking[index] ?? { faces: 0, kept: 0, possible: 0 };
      expect(kept).toBeGreaterThan(attention[index]?.kept ?? faces);
      expect(kept / faces).toBeGreaterThanOrEqual(least);
      expect(kept).toBeLessThanOrEqual(possible);
    }
  });

  it('are unchanged for images without faces', async () => {
    const scenes = await scenesWithoutFaces();
    const world = new World();
    for (const { name, image } of scenes) world.put(keyOf(name), image);
    await using without = await startHost(world);
    await using looking = await startHost(world, { faceDetector: openThread() });
    for (const scene of scenes) {
      for (const size of [
        { width: 120, height: 40 },
        { width: 40, height: 120 },
      ]) {
        const expected = await smartCropBytes(without, scene, size);
        expect((await smartCropBytes(looking, scene, size)).equals(expected), scene.name).toBe(true);
      }
    }
  });

  it('find a face in any orientation of the stored image', async () => {
    const thread = openThread();
    const centre = ({ left, top, right, bottom }: Record<string, number>) => [
      ((left ?? 0) + (right ?? 0)) / 2,
      ((top ?? 0) + (bottom ?? 0)) / 2,
    ];
    const stored = {
      'turned, with EXIF': await sharp(astronaut)
        .rotate(270)
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
      grey: await sharp(astronaut).greyscale().jpeg().toBuffer(),
      transparent: await sharp(astronaut).ensureAlpha(0.9).png().toBuffer(),
      CMYK: await sharp(astronaut).toColourspace('cmyk').jpeg().toBuffer(),
      '16-bit': await sharp(astronaut).toColourspace('rgb16').png().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(stored)) {
      const { host } = await open(thread, bytes);
      const found = await focal(host, '300x100/smart');
      expect(found, name).toHaveLength(1);
      const [x = 0, y = 0] = centre(found[0]);
      expect(Math.hypot(x - 225, y - 130), name).toBeLessThan(25);
    }
  });

  it('go by the faces of an animation, too', async () => {
    const frame = sharp(astronaut).resize(256);
    // Equal frames would be merged into one.
    const frames = [await frame.png().toBuffer(), await frame.clone().greyscale().png().toBuffer()];
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const { host } = await open(openThread(), gif);
    const found = await focal(host, '100x30/smart');
    expect(found).toHaveLength(1);
    const { body } = await get(host, '100x30/smart/filters:format(gif)');
    expect((await sharp(body).metadata()).pages).toBe(2);
  });
});

describe('face detection', () => {
  it('is done once for all sizes and requests of an image', async () => {
    const detector = sureOf(0.1);
    const { host, world } = await open(detector);
    await Promise.all(['100x30', '30x100', '120x40', '100x30'].map((size) => get(host, `${size}/smart`)));
    await get(host, 'meta/90x30/smart/filters:thumbhash()');
    expect(detector.looks).toBe(1);
    world.change(key, { etag: 'another' });
    world.tell(key);
    await get(host, '100x30/smart');
    expect(detector.looks).toBe(2);
  });

  it('is repeated at a larger size where none is found, and only where the image is larger', async () => {
    const shown: number[] = [];
    const blind: FaceDetector = {
      name: 'blind',
      detect: async ({ width }) => {
        shown.push(width);
        return [];
      },
    };
    const { host: large } = await open(blind, await sharp(astronaut).resize(900, 600).jpeg().toBuffer());
    await get(large, '100x30/smart');
    expect(shown).toEqual([512, 704]);
    const { host: small } = await open(blind);
    await get(small, '100x30/smart');
    expect(shown).toEqual([512, 704, 512]);
  });

  it('is not done where it would change nothing', async () => {
    const detector = sureOf(0.1);
    const { host } = await open(detector);
    const others = ['100x30', '100x100/smart', '100x/smart', 'fit-in/100x30/smart', 'meta/100x30'];
    for (const options of [...others, '100x30/smart/filters:focal(0.5,0.9)']) await get(host, options);
    expect(detector.looks).toBe(0);
  });

  it('is not done for a URL with a focal point', async () => {
    const { host } = await open(sureOf(0.8));
    const { host: without } = await open();
    const asked = '30x100/smart/filters:focal(0.1x0.1:0.2x0.2):format(png)';
    expect((await get(host, asked)).body).toEqual((await get(without, asked)).body);
    expect(await focal(host, asked)).toEqual([{ left: 0.1, top: 0.1, right: 0.2, bottom: 0.2 }]);
  });

  it('crops as a focal point at the face does', async () => {
    const { host } = await open(sureOf(0.8));
    const [face, point] = await Promise.all(
      ['30x100/smart/filters:format(png)', '30x100/filters:focal(0.8x0.4:0.9x0.6):format(png)'].map(
        (options) => get(host, options),
      ),
    );
    expect(face?.body).toEqual(point?.body);
  });

  it('is reported by meta, in pixels', async () => {
    const { host } = await open(sureOf(0.8));
    expect(await focal(host, '300x100/smart')).toEqual([{ left: 410, top: 205, right: 461, bottom: 307 }]);
    expect(await focal(host, '300x100')).toEqual([]);
  });
});

describe('a detector that fails', () => {
  it('fails no request: the crop goes by saliency', async () => {
    const { host } = await open(failing);
    const { host: without } = await open();
    const crop = await get(host, '100x30/smart/filters:format(png)');
    expect(crop.status).toBe(200);
    expect(crop.body).toEqual((await get(without, '100x30/smart/filters:format(png)')).body);
    expect(await focal(host, '100x30/smart')).toEqual([]);
  });

  it('leaves no rendition on disk', async () => {
    const world = new World();
    world.put(key, astronaut);
    const { cacheDirectory } = (await open()).host;
    const asked = '30x100/smart/filters:format(png)';
    const named = (faceDetector: FaceDetector) => ({ ...faceDetector, name: 'the same' });
    let before: Buffer;
    {
      await using host = await startHost(world, { faceDetector: named(failing), cacheDirectory });
      before = (await get(host, asked)).body;
    }
    await using host = await startHost(world, {
      faceDetector: named(sureOf(0.9)),
      cacheDirectory,
    });
    expect((await get(host, asked)).body.equals(before)).toBe(false);
  });
});

describe('a rendition', () => {
  it('has another tag with faces than without, or by another detector', async () => {
    const tag = async (faceDetector?: FaceDetector, options = '100x30/smart') =>
      (await get((await open(faceDetector)).host, options)).etag;
    const tags = [await tag(), await tag(sureOf(0.1)), await tag({ ...sureOf(0.1), name: 'other' })];
    expect(new Set(tags).size).toBe(3);
    expect(await tag(sureOf(0.1))).toBe(tags[1]);
    expect(await tag(sureOf(0.1), '100x30')).toBe(await tag(undefined, '100x30'));
  });

  it('made without face detection is not served with it', async () => {
    const world = new World();
    world.put(key, astronaut);
    const { host: other } = await open();
    const options = { cacheDirectory: other.cacheDirectory };
    const asked = '30x100/smart/filters:format(png)';
    let before: Awaited<ReturnType<typeof get>>;
    {
      await using host = await startHost(world, options);
      before = await get(host, asked);
    }
    await using host = await startHost(world, { ...options, faceDetector: sureOf(0.9) });
    const after = await get(host, asked, { 'If-None-Match': before.etag });
    expect(after.status).toBe(200);
    expect(after.body.equals(before.body)).toBe(false);
  });
});
