import { expect, test } from 'vitest';
import { bundleSize } from './bundle.ts';

test('the whole client costs an app less than 9.5 kB', async () => {
  expect(await bundleSize('@bkend/storage')).toBeLessThan(9_500);
});
