import { defineConfig } from 'vitest/config';

/** The tests that need more than Node: a real Ceph object gateway, a PostgreSQL server and the S3 clients of the distribution. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'engines',
          include: ['packages/*/test/**/*.engines.ts'],
          globalSetup: ['packages/server/test/engines/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'acceptance on engines',
          include: ['packages/server/test/acceptance/**/*.test.ts'],
          globalSetup: ['packages/server/test/engines/service-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
