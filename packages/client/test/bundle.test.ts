import { expect, test } from 'vitest';
import { bundleSize } from './bundle.ts';

test('the whole client costs an app at most 8 kB', async () => {
  expect(await bundleSize('@bkend/storage')).toBeLessThanOrEqual(8_000);
});
