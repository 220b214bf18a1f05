import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../packages/test-support/src/process/at-exit.ts';
import { eventually } from '../../packages/test-support/src/process/eventually.ts';
import { isOnPath } from '../on-path.ts';
import { scratchDirectory } from '../scratch-directory.ts';
import { freePort } from '../service.ts';

/** A requested rendition. */
export interface Wanted {
  readonly format: 'jpeg' | 'png' | 'webp' | 'avif';
  readonly quality: number;
  readonly width: number;
  readonly height: number;
  readonly smart: boolean;
}

/** Another image server that runs here and has the photograph. */
export interface Peer {
  readonly name: string;
  readonly url: string;
  /** Path of the requested rendition, from the slash on. */
  readonly path: (wanted: Wanted) => string;
}

interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface KnownPeer {
  readonly name: string;
  readonly command: string;
  /** @param directory has the photograph in it, as `photo.jpg` */
  readonly launch: (target: { directory: string; port: number }) => Launch;
  readonly path: Peer['path'];
}

const ipxServer = fileURLToPath(new URL('./ipx-server.ts', import.meta.url));

const thumborPath: Peer['path'] = ({ width, height, smart, format, quality }) =>
  `/unsafe/${width}x${height}/${smart ? 'smart/' : ''}filters:format(${format}):quality(${quality})/photo.jpg`;

/** ipx is a development dependency; the others are measured where they are on the PATH. */
const knownPeers: readonly KnownPeer[] = [
  {
    name: 'ipx',
    command: process.execPath,
    launch: ({ directory, port }) => ({ args: ['--import', 'tsx', ipxServer, String(port), directory] }),
    path: ({ width, height, smart, format, quality }) =>
      `/f_${format},q_${quality},fit_cover${smart ? ',pos_attention' : ''},s_${width}x${height}/photo.jpg`,
  },
  {
    name: 'imagor',
    command: 'imagor',
    launch: ({ directory, port }) => ({
      args: [],
      env: { PORT: String(port), IMAGOR_UNSAFE: '1', FILE_LOADER_BASE_DIR: directory },
    }),
    path: thumborPath,
  },
  {
    name: 'imgproxy',
    command: 'imgproxy',
    launch: ({ directory, port }) => ({
      args: [],
      env: { IMGPROXY_BIND: `127.0.0.1:${port}`, IMGPROXY_LOCAL_FILESYSTEM_ROOT: directory },
    }),
    path: ({ width, height, smart, format, quality }) =>
      `/insecure/rs:fill:${width}:${height}/g:${smart ? 'sm' : 'ce'}/q:${quality}/plain/local:///photo.jpg@${format}`,
  },
  {
    name: 'thumbor',
    command: 'thumbor',
    launch: ({ directory, port }) => ({
      args: ['--ip', '127.0.0.1', '--port', String(port), '--conf', join(directory, 'thumbor.conf')],
    }),
    path: thumborPath,
  },
];

/** Runs the installed peers while `measure` runs. */
export async function withPeers(photo: Buffer, measure: (peers: readonly Peer[]) => Promise<void>) {
  await using scratch = await scratchDirectory();
  const directory = scratch.path;
  const processes: ChildProcess[] = [];
  try {
    await writeFile(join(directory, 'photo.jpg'), photo);
    await writeFile(
      join(directory, 'thumbor.conf'),
      `LOADER='thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH='${directory}'\nALLOW_UNSAFE_URL=True\nSTORAGE='thumbor.storages.no_storage'\n`,
    );
    const peers: Peer[] = [];
    for (const candidate of knownPeers) {
      if (!(await isOnPath(candidate.command))) continue;
      const port = await freePort();
      const { args, env } = candidate.launch({ directory, port });
      const child = spawn(candidate.command, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      child.once(
        'exit',
        atExit(() => child.kill('SIGKILL')),
      );
      processes.push(child);
      const peer: Peer = { name: candidate.name, url: `http://127.0.0.1:${port}`, path: candidate.path };
      await eventually(`${candidate.name} answers`, () => answers(peer), { withinSeconds: 30 });
      peers.push(peer);
    }
    await measure(peers);
  } finally {
    for (const child of processes) {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    }
  }
}

async function answers({ url, path }: Peer): Promise<true | undefined> {
  const wanted: Wanted = { format: 'jpeg', quality: 80, width: 64, height: 48, smart: false };
  const answer = await fetch(`${url}${path(wanted)}`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok || undefined;
}
