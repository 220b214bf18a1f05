import { defaultLimits, parseImagePath, planImage } from '@bkend/storage-contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endlessSvgs } from '../../../test/images/hostile.ts';
import { scenery } from '../../../test/images/pictures.ts';
import { Original } from '../pipeline/original.ts';
import { RendererPool } from './renderer-pool.ts';

const mimeType = 'image/svg+xml';
const alice = { client: '127.0.0.1', owner: 'alice' };
const bob = { client: '127.0.0.2', owner: 'alice' };
const [endless = Buffer.alloc(0)] = Object.values(endlessSvgs());

let pool: RendererPool;
beforeEach(() => {
  pool = new RendererPool({ niceness: 0, budgetMs: 300 });
});
afterEach(() => pool[Symbol.asyncDispose]());

function draw(key: string, bytes: Buffer, { price = 100, flow = alice } = {}) {
  const url = parseImagePath('50x50/key');
  const planned = url.kind === 'image' ? planImage(url) : undefined;
  if (!planned || !('plan' in planned)) throw new Error('This is a plan.');
  const file = { key, etag: 'e', mimeType, original: new Original(async () => bytes) };
  const work = { file, overlays: [], plan: planned.plan, accepted: [], limits: defaultLimits };
  return pool.make({ work, flow, quote: { price, isGuess: true } });
}

describe('a pool of renderers', () => {
  it('makes pictures, and ends what takes more than its budget', async () => {
    expect((await draw('plain', scenery())).rendering.contentType).toBe('image/png');
    await expect(draw('endless', endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    expect((await draw('plain', scenery())).rendering.contentType).toBe('image/png');
  });

  it('does not try again what took too long, but for work that costs clearly less', async () => {
    await expect(draw('endless', endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    const start = performance.now();
    for (const price of [100, 80, 10_000]) {
      await expect(draw('endless', endless, { price })).rejects.toMatchObject({
        code: 'file/invalid-format',
      });
    }
    expect(performance.now() - start).toBeLessThan(100);
    // It is drawn this time, whatever it was replaced by.
    expect((await draw('endless', scenery(), { price: 50 })).rendering.contentType).toBe('image/png');
  });

  it('refuses a flow that has ended five, and no other client of the same owner', async () => {
    for (let ended = 0; ended < 5; ended++) {
      await expect(draw(`endless ${ended}`, endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    }
    await expect(draw('plain', scenery())).rejects.toMatchObject({ code: 'common/unavailable' });
    expect((await draw('plain', scenery(), { flow: bob })).rendering.contentType).toBe('image/png');
  });
});
