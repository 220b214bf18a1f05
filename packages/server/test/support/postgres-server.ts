import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded-postgres.ts';

/** A PostgreSQL of our own, for tests and benchmarks: empty, on a loopback port, gone when disposed. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bkend-postgres-'));
  const server = await startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }) });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
