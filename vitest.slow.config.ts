import { defineConfig } from 'vitest/config';

/** Suites that are slow by nature, each with an npm script of its name: `npm run test:crash`. */
export const slowSuites = {
  /** Uploads through seeded bad networks end in the right bytes, or in a typed error and no file. */
  faults: ['packages/client/test/faults.test.ts', 'packages/client/test/upload-many-faults.test.ts'],
  /** Registrations and replacements that race leave record and bytes in agreement. */
  sealing: [
    'packages/server/src/postgres/uploads/replacement-rounds.test.ts',
    'packages/server/src/postgres/uploads/sealing-rounds.test.ts',
  ],
  /** Bytes of every kind of stream, of known and unknown size, as they are stored, and their SHA-256; streams that fall silent. */
  streams: [
    'packages/client/test/stream-bytes.test.ts',
    'packages/client/test/unknown-size.test.ts',
    'packages/client/test/sha256-of-sources.test.ts',
    'packages/client/test/silent-between-parts.test.ts',
  ],
  /** The command line for files, in processes of its own: put, get, sync, doctor, mcp. `npm test` runs a little of each. */
  commands: [
    'packages/client/test/command-line/**/*.test.ts',
    'packages/client/test/doctor.test.ts',
    'packages/server/test/acceptance/mcp-over-stdio.test.ts',
  ],
  /** Thousands of requests and files: lists that continue past the end of one answer of S3, a copy in parts, plans of lists. */
  volume: [
    'packages/server/src/postgres/listing/count-many-facets.test.ts',
    'packages/server/src/postgres/listing/list-plans.test.ts',
    'packages/server/test/object-store/embedded-volume.test.ts',
  ],
  /** Nonsense and hostile bodies on every route. */
  nonsense: [
    'packages/server/test/acceptance/hostile-bodies.test.ts',
    'packages/server/test/acceptance/nonsense.test.ts',
    'packages/server/test/acceptance/wrong-words.test.ts',
  ],
  /** Every caller × visibility × operation once more, by callers of another environment, on files in the trash, by tools for AI; operators. */
  access: [
    'packages/server/test/acceptance/access-across-environments.test.ts',
    'packages/server/test/acceptance/console-guard.test.ts',
    'packages/server/test/acceptance/console-sessions.test.ts',
    'packages/server/test/acceptance/mcp-access.test.ts',
    'packages/server/test/acceptance/trash-access.test.ts',
  ],
  /** Many callers and processes at once, and what jobs do after a while: quotas, totals, deliveries, uploads without a client, scans, deletion of environments. */
  concurrency: [
    'packages/server/src/postgres/usage/quotas.test.ts',
    'packages/server/src/postgres/usage/totals.test.ts',
    'packages/server/src/postgres/webhooks/delivery-queue.test.ts',
    'packages/server/test/acceptance/delete-environments.test.ts',
    'packages/server/test/acceptance/registered-by-themselves.test.ts',
    'packages/server/test/acceptance/scanner.test.ts',
    'packages/store/test/verify-under-load.test.ts',
  ],
  /** Imports and exports by whole commands: manifests, buckets, Supabase, what docs/moving.md shows. */
  moving: ['packages/server/test/moving/**/*.test.ts'],
  /** Services of their own that start, stop and fail: supervision, shutdown, embedded PostgreSQL, environments of processes. */
  processes: ['packages/server/test/process/**/*.test.ts'],
  /** Processes and machines that end at any moment lose nothing that was confirmed. */
  crash: ['packages/server/test/crash/**/*.test.ts'],
  /** Data directories, tokens and files of older versions. */
  upgrade: ['packages/server/test/upgrade/**/*.test.ts'],
  /** The cost that an image plan is measured at: of every filter and every kind of source. */
  costs: ['packages/server/src/images/cost/cost-of-plan.test.ts'],
  /** Hostile images, smart crops around faces, reduced copies pixel by pixel, and images of every kind against another decoder. */
  images: [
    'packages/server/src/images/faces/tiny-face-detector.test.ts',
    'packages/server/test/images/kinds/**/*.test.ts',
    'packages/server/src/images/hostile-input.test.ts',
    'packages/server/src/images/transform/reduced-copies.test.ts',
    'packages/server/test/images/faces.test.ts',
  ],
} as const;

/** No test is about time: a busy machine must not fail one that would pass. */
export const timeouts = (milliseconds: number) => ({
  testTimeout: milliseconds,
  hookTimeout: milliseconds,
});

const needService = new Set(['faults', 'streams', 'commands', 'nonsense', 'access', 'moving', 'concurrency']);
const needPostgres = new Set(['concurrency', 'sealing', 'volume']);
const globalSetupOf = (name: string): string[] => [
  ...(needService.has(name) ? ['packages/test-support/src/service/service-setup.ts'] : []),
  ...(needPostgres.has(name) ? ['packages/test-support/src/postgres/postgres-setup.ts'] : []),
];

export default defineConfig({
  test: {
    // Crashes, costs and deadlines want the machine to themselves.
    fileParallelism: false,
    projects: Object.entries(slowSuites).map(([name, include]) => ({
      test: {
        name,
        include: [...include],
        globalSetup: globalSetupOf(name),
        ...timeouts(180_000),
      },
    })),
  },
});
