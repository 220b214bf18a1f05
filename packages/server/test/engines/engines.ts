import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCeph } from './ceph.ts';
import { startPostgres } from './postgres.ts';

/** Addresses of the real engines; plain data, so that it can be handed to test processes. */
export interface EngineAddresses {
  readonly databaseUrl: string;
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    /** Does not exist yet. */
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}

export interface Engines extends EngineAddresses {
  /** Stops both and removes everything they wrote. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL server and a Ceph object gateway as an operator would run them, both empty. */
export async function startEngines(): Promise<Engines> {
  const directory = await mkdtemp(join(tmpdir(), 'bkend-engines-'));
  await chmod(directory, 0o711); // the database's user must get through to its own folder
  const started = await Promise.allSettled([
    startPostgres(join(directory, 'postgres')),
    startCeph(join(directory, 'ceph')),
  ]);
  const stop = async () => {
    for (const engine of started) if (engine.status === 'fulfilled') await engine.value.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const [postgres, ceph] = started;
  if (postgres.status === 'rejected' || ceph.status === 'rejected') {
    await stop();
    const reasons = started.flatMap((engine) => (engine.status === 'rejected' ? [engine.reason] : []));
    throw new AggregateError(reasons, reasons.map(String).join('\n'));
  }
  const { endpoint, region, accessKeyId, secretAccessKey } = ceph.value;
  return {
    databaseUrl: postgres.value.databaseUrl,
    s3: { endpoint, region, bucket: 'bkend-acceptance', accessKeyId, secretAccessKey },
    stop,
  };
}
