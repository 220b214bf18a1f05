import { defineConfig } from 'vitest/config';

/** The tests that need more than Node: a real Ceph object gateway and a PostgreSQL server of the distribution. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.engines.ts'],
    globalSetup: ['packages/server/test/engines/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
