import { expect, test } from 'vitest';
import { bundleSize } from './bundle.ts';

test('the whole client costs an app at most 8 kB', async () => {
  expect(await bundleSize('@bkend/storage')).toBeLessThanOrEqual(8_000);
});

test('the preset for Uppy costs an app less than 1.5 kB, most of which it has already with the client', async () => {
  expect(await bundleSize('@bkend/storage/uppy')).toBeLessThan(1_500);
});
