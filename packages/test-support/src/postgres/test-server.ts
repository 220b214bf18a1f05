import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { administer } from '../../../server/src/postgres/embedded/administer.ts';
import {
  prepareCluster,
  startEmbeddedPostgres,
} from '../../../server/src/postgres/embedded/embedded-postgres.ts';
import { serviceRole } from '../../../server/src/postgres/embedded/service-role.ts';

/** A PostgreSQL of our own, for tests and benchmarks: empty, on a loopback port, gone when disposed. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

const settingsWithoutWaiting = ['fsync', 'full_page_writes', 'synchronous_commit'];

/** @param options.isDurable whether commits wait for the disk, as in production; only a machine that fails shows the difference */
export async function startTestServer({ isDurable = true } = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bkend-postgres-'));
  const options = { dataDir, log: pino({ level: 'silent' }) };
  // Each suite has a database of its own, and some make roles.
  await administer(await prepareCluster(options), [
    `alter role ${serviceRole} createdb createrole`,
    ...(isDurable ? [] : settingsWithoutWaiting.map((name) => `alter system set ${name} = off`)),
  ]);
  const server = await startEmbeddedPostgres(options);
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
