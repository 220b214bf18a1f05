import { defineConfig } from 'vitest/config';

/** The client in a real browser: Chromium as the distribution packages it. */
export default defineConfig({
  test: {
    name: 'browser',
    include: ['packages/*/test/**/*.browser.ts'],
    globalSetup: ['packages/client/test/browser/global-setup.ts'],
    // A service and a browser each are enough for a small machine.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // No test is about time: a busy machine must not fail one that would pass.
    expect: { poll: { timeout: 30_000 } },
  },
});
