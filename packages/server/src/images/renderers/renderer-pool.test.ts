import { defaultLimits, parseImagePath, planImage } from '@bkend/storage-contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endlessSvgs } from '../../../test/images/hostile.ts';
import { scenery } from '../../../test/images/sample-images.ts';
import { Original } from '../transform/original.ts';
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

function draw(
  key: string,
  bytes: Buffer,
  { costMs = 100, flow = alice, signal = new AbortController().signal } = {},
) {
  const url = parseImagePath('50x50/key');
  const planned = url.kind === 'image' ? planImage(url) : undefined;
  if (!planned || !('plan' in planned)) throw new Error('This is a plan.');
  const file = { key, etag: 'e', mimeType, original: new Original(async () => bytes) };
  const work = { file, overlays: [], plan: planned.plan, accepted: [], limits: defaultLimits };
  return pool.make({ work, flow, estimate: { costMs, isGuess: true }, signal });
}

describe('a pool of renderers', () => {
  it('makes images, and ends work that exceeds its budget', async () => {
    expect((await draw('plain', scenery())).rendition.contentType).toBe('image/png');
    await expect(draw('endless', endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    expect((await draw('plain', scenery())).rendition.contentType).toBe('image/png');
  });

  it('does not retry work that exceeded its budget, unless it costs clearly less', async () => {
    await expect(draw('endless', endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    const start = performance.now();
    for (const costMs of [100, 80, 10_000]) {
      await expect(draw('endless', endless, { costMs })).rejects.toMatchObject({
        code: 'file/invalid-format',
      });
    }
    // One that is tried takes the budget of 300 ms.
    expect(performance.now() - start).toBeLessThan(300);
    // The cheaper work is tried.
    expect((await draw('endless', scenery(), { costMs: 50 })).rendition.contentType).toBe('image/png');
  });

  it('refuses a flow after five exceeded budgets, and no other client of the same owner', async () => {
    for (let ended = 0; ended < 5; ended++) {
      await expect(draw(`endless ${ended}`, endless)).rejects.toMatchObject({ code: 'file/invalid-format' });
    }
    await expect(draw('plain', scenery())).rejects.toMatchObject({ code: 'common/unavailable' });
    expect((await draw('plain', scenery(), { flow: bob })).rendition.contentType).toBe('image/png');
  });

  it('ends its process at once when no client waits any more, and the work counts as no exceeded budget', async () => {
    pool = new RendererPool({ niceness: 0, budgetMs: 60_000 });
    await draw('plain', scenery());
    const gone = new AbortController();
    const drawing = draw('endless', endless, { signal: gone.signal });
    const reason = new Error('gone');
    const start = performance.now();
    setTimeout(() => gone.abort(reason), 100);
    await expect(drawing).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect((await draw('endless', scenery())).rendition.contentType).toBe('image/png');
  });
});
