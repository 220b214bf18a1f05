import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { findBinaries } from '../../src/postgres/embedded/binaries.ts';
import { ensureCluster } from '../../src/postgres/embedded/cluster.ts';
import { type Launch, prepareLaunch } from '../../src/postgres/embedded/launch.ts';
import { findOperatingUser } from '../../src/postgres/embedded/operating-user.ts';

const isRoot = process.geteuid?.() === 0;
const log = createLogger({ level: 'silent', role: 'test' });
let directory: string;

beforeAll(async () => {
  // mkdtemp makes folders that only their owner may enter.
  directory = await mkdtemp(join(tmpdir(), 'bkend-closed-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function statusOf(launch: Launch): Promise<string> {
  const child = launch('sh', ['-c', 'cat /proc/self/status'], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return child.stdout ? text(child.stdout) : '';
}

describe.runIf(isRoot)(
  'programs of PostgreSQL below a folder that is closed to others (as root only)',
  () => {
    it('run without a capability where they can be bind-mounted, and otherwise with one that only reads', async () => {
      const { folder: open } = await findBinaries(join(directory, 'links'));
      const folder = join(directory, 'native');
      await cp(open, folder, { recursive: true });
      const user = await findOperatingUser(join(directory, 'cluster'));
      const warnings: string[] = [];
      const launch = await prepareLaunch({
        binaries: { folder },
        user,
        log: Object.assign(Object.create(log), { warn: (message: string) => warnings.push(message) }),
      });
      await mkdir(join(directory, 'postgres'));
      await ensureCluster({ launch, directory: join(directory, 'postgres'), user, password: 'abc' });
      expect(await readFile(join(directory, 'postgres/cluster/pg_hba.conf'), 'utf8')).toContain(
        'scram-sha-256',
      );
      const status = await statusOf(launch);
      expect(status).not.toMatch(/^Uid:.*\b0\b/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      // CAP_DAC_READ_SEARCH, or in a container without it CAP_DAC_OVERRIDE (capability.h).
      expect(status).toMatch(warnings.length === 0 ? /^CapEff:\s+0+$/m : /^CapEff:\s+0+[24]$/m);
    });
  },
);
