import { expect, test } from 'vitest';
import { bundleSize } from './bundle.ts';

test('the whole client costs an app at most 9.2 kB', async () => {
  expect(await bundleSize('@bkend/storage')).toBeLessThanOrEqual(9_200);
});

test('the preset for Uppy costs an app less than 1.5 kB', async () => {
  expect(await bundleSize('@bkend/storage/uppy')).toBeLessThan(1_500);
});
