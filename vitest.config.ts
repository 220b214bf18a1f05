import { defineConfig } from 'vitest/config';

const needsPostgres = ['packages/server/src/postgres/**/*.test.ts'];
const needsService = ['packages/server/test/acceptance/**/*.test.ts'];
/** These start and end services of their own, one at a time: each wants the machine to itself. */
const startsServices = ['packages/server/test/{process,crash,upgrade}/**/*.test.ts'];

/** No test is about time: a busy machine must not fail one that would pass. */
const patience = (milliseconds: number) => ({ testTimeout: milliseconds, hookTimeout: milliseconds });

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'units',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: [...needsPostgres, ...needsService, ...startsServices],
          ...patience(60_000),
        },
      },
      {
        test: {
          name: 'postgres',
          include: needsPostgres,
          // One server a run, started only when one of these tests is.
          globalSetup: ['packages/server/test/support/postgres-setup.ts'],
          ...patience(60_000),
        },
      },
      {
        test: {
          name: 'acceptance',
          include: needsService,
          // One service a run, in which each suite has a tenant of its own.
          globalSetup: ['packages/server/test/support/service-setup.ts'],
          ...patience(60_000),
        },
      },
      {
        test: {
          name: 'processes',
          include: startsServices,
          fileParallelism: false,
          ...patience(180_000),
        },
      },
    ],
  },
});
