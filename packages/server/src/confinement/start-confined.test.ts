import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findConfinement } from './find-confinement.ts';
import { startConfined } from './start-confined.ts';

const file = join(import.meta.dirname, '../../test/process/confined-probe.js');
const maxMemoryBytes = 2 * 1024 * 1024 * 1024;
const { missing } = await findConfinement({ maxMemoryBytes, readable: file });
const isLinux = process.platform === 'linux';

/** Fields of the report of confined-probe.js. */
interface View {
  readonly ownEnvironment: readonly string[];
  readonly parentEnvironment: string;
  readonly connection: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly status: string;
  readonly limits: string;
}

const service = createServer((socket) => socket.destroy());
let child: ChildProcess;
let view: View;

beforeAll(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  child = await startConfined({ file, maxMemoryBytes });
  expect(await once(child, 'message')).toEqual(['ready', undefined]);
  const answer = once(child, 'message');
  // A listening TCP server's address is never a path.
  child.send({ port: (service.address() as AddressInfo).port, inheritsFrom: process.pid });
  [view] = await answer;
});
afterAll(() => {
  child.kill('SIGKILL');
  service.close();
});

describe('a confined process', () => {
  it.runIf(isLinux)('has no environment variables but a path to programs and the channel', () => {
    const names = view.ownEnvironment.map((entry) => entry.split('=')[0]);
    expect(names.sort()).toEqual(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'PATH']);
  });

  it('runs in no folder of ours', () => {
    expect(view.folder).toBe('/');
  });

  it.skipIf(missing.includes('network'))(
    'reaches no port of this machine, the loopback ones included',
    () => {
      expect(view.connection).toMatch(/^E(NETUNREACH|CONNREFUSED|ADDRNOTAVAIL)$/);
    },
  );

  it.skipIf(missing.includes('network'))('cannot read the environment of the process that started it', () => {
    expect(view.parentEnvironment).toMatch(/^E(ACCES|PERM)$/);
  });

  it.skipIf(missing.includes('privileges'))('has no capability and gains none by starting programs', () => {
    expect(view.status).toMatch(/^CapEff:\s+0+$/m);
    expect(view.status).toMatch(/^CapPrm:\s+0+$/m);
    expect(view.status).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it.skipIf(missing.includes('privileges') || process.geteuid?.() !== 0)('is another user than root', () => {
    expect(view.status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(view.status).toMatch(/^Groups:\s*$/m);
  });

  it.skipIf(missing.includes('memory'))(
    'has a limit for its memory, and leaves no image of it behind',
    () => {
      expect(view.limits).toMatch(new RegExp(`^Max data size +${maxMemoryBytes} +${maxMemoryBytes} `, 'm'));
      expect(view.limits).toMatch(/^Max core file size +0 +0 /m);
    },
  );
});
