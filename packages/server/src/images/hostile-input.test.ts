import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bmp, heic, icon } from '../../test/images/foreign-images.ts';
import { fuzz } from '../../test/images/fuzz.ts';
import {
  endlessSvgs,
  gifBomb,
  hugeSvg,
  laughingSvg,
  pngBomb,
  polyglot,
  reachingSvg,
  scriptThatSaysGif,
  tiffBomb,
} from '../../test/images/hostile.ts';
import { type RunningHost, startHost, World } from '../../test/images/running-host.ts';
import { logo, plain, scenery } from '../../test/images/sample-images.ts';

let world: World;
let host: RunningHost;
beforeEach(async () => {
  world = new World();
  host = await startHost(world, { settings: { deadlineSeconds: 40 } });
});
afterEach(() => host[Symbol.asyncDispose]());

function hugeBmp(): Buffer {
  const file = bmp(1, 1);
  file.writeInt32LE(2 ** 31 - 1, 18);
  file.writeInt32LE(2 ** 31 - 1, 22);
  return file;
}

let count = 0;
async function ask(bytes: Buffer, mimeType: string, options = '50x50'): Promise<Response> {
  const key = `app/dev/${count++}`;
  world.put(key, bytes, { mimeType });
  return fetch(`${host.url}/${options}/${key}`);
}

describe('hostile images', () => {
  it.each([
    ['a PNG of 40,000 by 40,000', pngBomb(40_000, 40_000, 10), 'image/png'],
    ['a PNG of 2³¹ − 1 on a side', pngBomb(2 ** 31 - 1, 2 ** 31 - 1, 0), 'image/png'],
    ['a PNG of a billion pixels in one row', pngBomb(1_000_000_000, 1, 0), 'image/png'],
    ['a PNG whose header says more than there is', pngBomb(5000, 5000, 3), 'image/png'],
    ['a TIFF of 60,000 by 60,000', tiffBomb(60_000, 60_000), 'image/tiff'],
    ['a TIFF that says more than there is', tiffBomb(5_000, 5_000), 'image/tiff'],
    ['a GIF of 65,535 by 65,535', gifBomb({ width: 65_535, height: 65_535, frames: 1 }), 'image/gif'],
    ['a drawing of a million by a million', hugeSvg(), 'image/svg+xml'],
    ['a drawing whose text grows to gigabytes', laughingSvg(), 'image/svg+xml'],
    ['a bitmap that says more than there is', bmp(6_000, 6_000).subarray(0, 5_000), 'image/bmp'],
    ['a bitmap of 2³¹ − 1 on a side', hugeBmp(), 'image/bmp'],
    ['an icon whose image is the icon itself', icon([pngBomb(16, 16)], 0), 'image/x-icon'],
    ['an icon of a PNG bomb', icon([pngBomb(40_000, 40_000, 10)]), 'image/x-icon'],
    ['a HEIC without its end', heic('photo').subarray(0, 700), 'image/heic'],
    ['a script that begins like a GIF', scriptThatSaysGif(), 'image/gif'],
  ])('are refused: %s', async (_, bytes, mimeType) => {
    const before = process.memoryUsage.rss();
    const answer = await ask(bytes, mimeType);
    expect(answer.status).toBe(400);
    expect(process.memoryUsage.rss() - before).toBeLessThan(400e6);
  });

  it('with thousands of frames are shown with the frames that the limits allow', async () => {
    const small = await ask(gifBomb({ width: 10, height: 10, frames: 5_000 }), 'image/gif', '10x10');
    expect(small.status).toBe(200);
    expect((await sharp(Buffer.from(await small.arrayBuffer())).metadata()).pages).toBeLessThanOrEqual(300);
    // No two are equal: an encoder would join them.
    const colours = ['red', 'lime', 'blue', 'white', 'black', 'teal', 'gold'];
    const frames = await Promise.all(colours.map((colour) => plain(colour, 3_000, 3_000)));
    const large = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const answer = await ask(large, 'image/gif', '10x10');
    expect(answer.status).toBe(200);
    // The limit of 50 megapixels allows five frames of nine megapixels.
    expect((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).pages).toBe(5);
  });

  it.each(Object.entries(endlessSvgs()))(
    'that would be drawn for ever are given up, the others need not wait, and it is not tried again: %s',
    async (_, drawing) => {
      const start = performance.now();
      const slow = ask(drawing, 'image/svg+xml');
      const key = `app/dev/${count - 1}`;
      expect((await ask(await logo(), 'image/png')).status).toBe(200);
      expect((await slow).status).toBe(400);
      expect(performance.now() - start).toBeLessThan(40_000);
      const again = performance.now();
      expect((await fetch(`${host.url}/60x60/${key}`)).status).toBe(400);
      expect(performance.now() - again).toBeLessThan(1_000);
      expect((await ask(scenery(), 'image/svg+xml')).status).toBe(200);
    },
    60_000,
  );

  it('that would be drawn for ever delay no other image, in any number', async () => {
    const [drawing = Buffer.alloc(0)] = Object.values(endlessSvgs());
    let over = 0;
    for (let asked = 0; asked < 4; asked++) {
      // Their requests are not awaited.
      ask(drawing, 'image/svg+xml').then(
        () => over++,
        () => {},
      );
    }
    for (const width of [20, 21, 22]) {
      expect((await ask(await logo(), 'image/png', `${width}x20`)).status).toBe(200);
    }
    expect(over).toBe(0);
  });

  it('read nothing outside of themselves', async () => {
    let reached = 0;
    const outside = createServer((_, response) => {
      reached++;
      response.end();
    });
    outside.listen(0, '127.0.0.1');
    await once(outside, 'listening');
    // A server that listens on a port has an address of this form.
    const { port } = outside.address() as AddressInfo;
    const answer = await ask(reachingSvg(`http://127.0.0.1:${port}`), 'image/svg+xml', '100x100');
    expect([200, 400]).toContain(answer.status);
    expect(reached).toBe(0);
    outside.close();
  });

  it('become plain images, whatever was hidden in them', async () => {
    const answer = await ask(polyglot(await logo()), 'image/png');
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).includes('<script>')).toBe(false);
    const under = await ask(reachingSvg('http://127.0.0.1:1'), 'image/png');
    expect(under.status).toBe(400);
  });

  it(
    'with every byte changed, cut off or moved neither end the process nor make it fail',
    async () => {
      const { statuses } = await fuzz({ world, url: host.url, milliseconds: fuzzMs, seed: 20_260_203 });
      statuses.delete(200);
      // A HEIC without its brand is a video.
      expect([...statuses.keys()].filter((status) => status !== 400 && status !== 415)).toEqual([]);
    },
    fuzzMs + 30_000,
  );
});

/** Enough for hundreds of images; `run-fuzz.ts` takes its duration as an argument. */
const fuzzMs = 3_000;
