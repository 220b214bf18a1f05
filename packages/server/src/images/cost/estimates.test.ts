import { defaultLimits } from '@bkend/storage-contract';
import sharp from 'sharp';
import { afterEach, expect, it, vi } from 'vitest';
import { bmp } from '../../../test/images/foreign-images.ts';
import { planOf } from '../../../test/images/golden-cases.ts';
import { World } from '../../../test/images/running-host.ts';
import { Originals } from '../cache/originals.ts';
import { FairQueue, RecentUse } from '../concurrency/fair-queue.ts';
import { Estimates } from './estimates.ts';

afterEach(() => vi.restoreAllMocks());

const flow = { client: '127.0.0.1', owner: 'alice' };

it('a foreign format is decoded once while its reduced copies are held, whatever sizes are asked for', async () => {
  const world = new World();
  const file = world.put('app/dev/a.bmp', bmp(40, 30), { mimeType: 'image/bmp' });
  const create = { width: 40, height: 30, channels: 3, background: 'teal' } as const;
  const standIn = await sharp({ create }).png().toBuffer();
  const originals = new Originals({ objects: world.objects, limits: defaultLimits }, 100_000);
  let decoded = 0;
  const decode = () =>
    originals.of(file).decodedBy(async () => {
      decoded += 1;
      return standIn;
    });
  const reading = new FairQueue({
    ...{ slots: 1, extraSlots: 0, maxQueued: 10, deadlineMs: 10_000, use: new RecentUse() },
  });
  const estimates = new Estimates({
    originals,
    limits: defaultLimits,
    reading,
    looksForFaces: false,
    decode,
  });
  const estimate = (options: string) =>
    estimates.estimate({ file, plan: planOf(options), overlays: [], accepted: [] }, flow);

  await estimate('20x20');
  const size = { width: 13, height: 10 };
  const pixels = Buffer.alloc(13 * 10 * 3);
  await originals
    .of(file)
    .reducedBy(3, async () => ({ ...size, frames: 1, channels: 3, pixels, frameBox: size }));
  // As if the collector had come by.
  vi.spyOn(WeakRef.prototype, 'deref').mockReturnValue(undefined);
  for (const options of ['10x10', '8x8', '6x6']) {
    originals.of(file).dropBytes();
    await estimate(options);
  }
  expect(decoded).toBe(1);
});
