import { defineConfig } from 'vitest/config';

/** Memory of large uploads from Node and from a real browser; needs Linux, Chromium, and 12 GB of disk. */
export default defineConfig({
  test: {
    name: 'memory',
    include: ['packages/*/test/**/*.memory.ts'],
    globalSetup: ['packages/client/test/browser/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
