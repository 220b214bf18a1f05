import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { createClamd } from '../../src/outbound/clamd.ts';
import { type Daemon, startDaemon, waitUntil } from './process.ts';

const MiB = 1024 * 1024;
/** The test signature of the daemon's only database. */
const marker = 'bkend storage, the test signature of a daemon';
/** `StreamMaxLength`. */
const maxMiB = 1;

let directory: string;
let daemon: Daemon;
let service: RunningService;
const socket = () => join(directory, 'clamd.ctl');
const clamd = () => createClamd({ address: { path: socket() } });

/** clamd.conf(5), and a database of one signature of our own in the form of `.ndb`: name, any kind of file, any offset, hexadecimal. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bkend-clamd-'));
  await chmod(directory, 0o755);
  const signature = `Bkend.Test:0:*:${Buffer.from(marker).toString('hex')}`;
  await writeFile(join(directory, 'bkend.ndb'), `${signature}\n`);
  const settings = {
    LocalSocket: socket(),
    DatabaseDirectory: directory,
    TemporaryDirectory: directory,
    Foreground: 'yes',
    StreamMaxLength: `${maxMiB}M`,
    AlertExceedsMax: 'yes',
    MaxThreads: '4',
  };
  const configFile = join(directory, 'clamd.conf');
  await writeFile(
    configFile,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const args = ['--config-file', configFile];
  daemon = await startDaemon({ command: 'clamd', args, debianPackage: 'clamav-daemon' });
  const answers = () =>
    clamd()
      .ping()
      .then(
        () => true,
        () => false,
      );
  await waitUntil(answers, { daemon, timeoutSeconds: 30 });
  service = await startService({ env: { BKEND_CLAMD_URL: `unix:${socket()}` } });
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await daemon?.stop();
  await rm(directory, { recursive: true, force: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);

describe('ClamAV’s daemon', () => {
  it('finds its signature in a stream, wherever it stands, and takes others for clean', async () => {
    expect(await clamd().scan(async () => Readable.from([Buffer.from('hello')]))).toEqual({
      outcome: 'clean',
    });
    expect(await clamd().scan(async () => Readable.from([]))).toEqual({ outcome: 'clean' });
    const padding = Buffer.alloc(100_000, '.');
    const infected = await clamd().scan(async () => Readable.from([padding, Buffer.from(marker), padding]));
    expect(infected).toMatchObject({ outcome: 'infected', signature: expect.stringContaining('Bkend.Test') });
  });

  it.each([maxMiB * MiB + 1, 2 * MiB, 50 * MiB])('says of %s bytes that they are too many', async (size) => {
    const chunks = function* () {
      for (let left = size; left > 0; left -= MiB) yield Buffer.alloc(Math.min(left, MiB));
    };
    expect(await clamd().scan(async () => Readable.from(chunks()))).toEqual({ outcome: 'too-large' });
  });

  it('lets clean files of an environment go, and refuses infected and too large ones', async () => {
    const tenant = await createTenant(service);
    const alice = await tenant.user('alice');
    await tenant.admin.ask('PATCH', '/v1/environment', { scanner: true });
    const clean = await uploadFile(alice);
    const infected = await uploadFile(alice, { bytes: bytes(`hello ${marker}`) });
    const large = await uploadFile(alice, {
      ...{ originalName: 'large.bin', mimeType: 'application/octet-stream' },
      bytes: new Uint8Array(3 * MiB),
    });
    expect([clean, infected, large].map(({ scan }) => scan)).toEqual(['pending', 'pending', 'pending']);
    await eventually('the clean file has passed', async () => {
      const { scan } = await alice.ask<FileView>('GET', `/v1/files/${clean.id}`);
      return scan === 'passed' || undefined;
    });
    for (const { id } of [infected, large]) {
      const refused = await eventually('it is refused', async () => {
        const { status } = await alice.send('GET', `/v1/files/${id}`);
        return status === 422 || undefined;
      });
      expect(refused).toBe(true);
    }
    await tenant.admin.ask('PATCH', '/v1/environment', { 'scanner.tooLarge': 'pass' });
    const request = await sendFile(alice, {
      ...{ originalName: 'large.bin', mimeType: 'application/octet-stream' },
      bytes: new Uint8Array(3 * MiB),
    });
    const passed = await alice.ask<FileView>('POST', '/v1/files', request);
    await eventually('the large file has passed', async () => {
      const { scan } = await alice.ask<FileView>('GET', `/v1/files/${passed.id}`);
      return scan === 'passed' || undefined;
    });
  });
});
