import { defineConfig } from 'vitest/config';

/** The web console in a real browser, against a real service. */
export default defineConfig({
  test: {
    name: 'console',
    include: ['packages/console/test/**/*.console.ts'],
    globalSetup: ['packages/client/test/browser/global-setup.ts'],
    // A service and a browser each are enough for a small machine.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // No test is about time: a busy machine must not fail one that would pass.
    expect: { poll: { timeout: 30_000 } },
  },
});
