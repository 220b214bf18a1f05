import { defineConfig } from 'vitest/config';

/** Hostile requests against a service as it is installed: nothing is configured but ports and a directory. */
export default defineConfig({
  test: {
    name: 'attack',
    include: ['packages/server/test/attack/**/*.attack.ts'],
    // One service a run: what one attack does must not show in another's tenant, nor bring the service down.
    globalSetup: ['packages/server/test/attack/global-setup.ts'],
    // Floods want the machine to themselves.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
