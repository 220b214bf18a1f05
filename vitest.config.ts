import { defineConfig } from 'vitest/config';

const needsPostgres = ['packages/server/src/postgres/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'units',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: needsPostgres,
        },
      },
      {
        test: {
          name: 'postgres',
          include: needsPostgres,
          // One server a run, started only when one of these tests is.
          globalSetup: ['packages/server/test/support/postgres-setup.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
