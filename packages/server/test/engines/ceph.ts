import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePorts } from '../../../test-support/src/process/free-ports.ts';
import { type Daemon, run, startDaemon, waitUntil } from './process.ts';

/** A running Ceph object gateway and the user that may use it. */
export interface Ceph {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/**
 * Starts a Ceph cluster of one monitor, one storage daemon that keeps everything in memory, and one gateway; all
 * on loopback ports of their own, all files below `directory`. Ready after about 13 s, in about 150 MB.
 * A manager daemon would only add statistics.
 *
 * @see https://docs.ceph.com/en/pacific/install/manual-deployment/
 */
export async function startCeph(directory: string): Promise<Ceph> {
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.reverse()) await daemon.stop();
  };
  const [monitorPort = 0, gatewayPort = 0] = await findFreePorts(2);
  for (const folder of ['mon', 'osd', 'run']) await mkdir(join(directory, folder), { recursive: true });
  const configFile = join(directory, 'ceph.conf');
  await writeFile(configFile, configuration({ directory, monitorPort, gatewayPort }));

  const conf = ['--conf', configFile];
  const noKeyring = ['--keyring', '/dev/null'];
  const start = async (command: string, args: string[], debianPackage: string) => {
    const daemon = await startDaemon({ command, args: [...conf, ...args, '--foreground'], debianPackage });
    daemons.push(daemon);
    return daemon;
  };
  const ask = (command: string, args: string[], debianPackage: string) =>
    run({ command, args: [...conf, ...args], debianPackage });

  try {
    await ask('ceph-mon', ['--id', 'a', '--mkfs', ...noKeyring], 'ceph-mon');
    await writeFile(join(directory, 'mon', 'keyring'), '');
    await start('ceph-mon', ['--id', 'a'], 'ceph-mon');
    await ask('ceph', ['--connect-timeout', '30', 'osd', 'create'], 'ceph-common');
    await ask('ceph', ['osd', 'crush', 'add', 'osd.0', '1', 'root=default'], 'ceph-common');
    await ask('ceph-osd', ['--id', '0', '--mkfs'], 'ceph-osd');
    await start('ceph-osd', ['--id', '0'], 'ceph-osd');

    const accessKeyId = 'ENGINETESTS';
    const secretAccessKey = randomBytes(20).toString('hex');
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    const user = ['user', 'create', '--uid', 'bkend', '--display-name', 'bkend', ...keys];
    await ask('radosgw-admin', user, 'radosgw');
    const gateway = await start('radosgw', ['--name', 'client.rgw.r', ...noKeyring], 'radosgw');
    const endpoint = `http://127.0.0.1:${gatewayPort}`;
    await waitUntil(() => answers(endpoint), { daemon: gateway, timeoutSeconds: 60 });
    return { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(endpoint)).ok;
  } catch {
    return false;
  }
}

function configuration(where: { directory: string; monitorPort: number; gatewayPort: number }): string {
  const { directory, monitorPort, gatewayPort } = where;
  const monitor = `[v2:127.0.0.1:${monitorPort}/0]`;
  return `
[global]
fsid = ${randomUUID()}
run dir = ${directory}/run
log file = ${directory}/$name.log
admin socket = ${directory}/run/$name.asok
auth cluster required = none
auth service required = none
auth client required = none
; without keys there is nothing to encrypt with
ms client mode = crc
ms mon client mode = crc
mon host = ${monitor}
mon allow pool size one = true
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
[mon.a]
mon data = ${directory}/mon
public addrv = ${monitor}
[osd.0]
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client.rgw.r]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
`;
}
