import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { slowSuites, timeouts } from './vitest.slow.config.ts';

const needsPostgres = ['packages/server/src/postgres/**/*.test.ts'];
const needsService = ['packages/server/test/acceptance/**/*.test.ts', 'packages/client/test/**/*.test.ts'];
const slow = Object.values(slowSuites).flat();

/**
 * Files of one worker share their modules: a file imports what another has loaded, which halves the time of all. A test that
 * changes something of its process, such as a clock, puts it back.
 */
const isolate = false;

/** `npm test`: every unit and contract, and every part of the product as its clients use it. Slow suites have scripts of their own. */
export default defineConfig({
  test: {
    // Tests wait for processes and timers: with no more workers than cores, cores are idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'units',
          isolate,
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
          exclude: [...needsPostgres, ...needsService, ...slow],
          ...timeouts(60_000),
        },
      },
      {
        test: {
          name: 'postgres',
          isolate,
          include: needsPostgres,
          exclude: slow,
          // One server a run, started only when one of these tests is.
          globalSetup: ['packages/test-support/src/postgres/postgres-setup.ts'],
          ...timeouts(60_000),
        },
      },
      {
        test: {
          name: 'service',
          isolate,
          include: needsService,
          exclude: slow,
          // One service a run, in which each suite has a tenant of its own.
          globalSetup: ['packages/test-support/src/service/service-setup.ts'],
          ...timeouts(60_000),
        },
      },
    ],
  },
});
