import { lstat, readlink, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { UsageError } from '../../command-errors.ts';
import { openDescriptor, openSpecial } from './special-output.ts';

/** Where a download is written. */
export type OutputDestination =
  | {
      readonly kind: 'file';
      readonly directory: string;
      /** Default: the file's own name. */
      readonly name?: string;
    }
  | {
      /** Written to directly: standard output, a descriptor, a device, a pipe, a socket. */
      readonly kind: 'stream';
      /** Nothing but the file may be written to it. */
      readonly isStandardOutput: boolean;
      /** As the user typed it. */
      readonly path: string;
      open(signal: AbortSignal): Promise<Writable>;
    };

const maxLinks = 40;

/**
 * Finds the destination of `-o`. Only the user's own argument may lead to a device or through a link; the name of a downloaded
 * file never does.
 * @throws UsageError for a folder that does not exist
 */
export async function findOutputDestination(output: string | undefined): Promise<OutputDestination> {
  if (output === undefined) return { kind: 'file', directory: '.' };
  if (output === '') throw new UsageError('The path of --output is empty.');
  if (output === '-') return descriptorDestination(1, output);
  const path = await followLinks(output);
  const descriptor = descriptorOf(path);
  if (descriptor !== undefined) return descriptorDestination(descriptor, output);
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`Cannot write to ${output}.`, { cause: error });
  });
  if (info?.isDirectory()) return { kind: 'file', directory: output };
  if (/[/\\]$/.test(output)) throw new UsageError(`There is no folder ${output}.`);
  if (info && !info.isFile()) {
    return {
      kind: 'stream',
      isStandardOutput: false,
      path: output,
      open: (signal) => openSpecial(path, info, signal),
    };
  }
  return { kind: 'file', directory: dirname(path), name: basename(path) };
}

/** The path at the end of a chain of links, whether or not it exists; any other path is returned unchanged. */
async function followLinks(path: string): Promise<string> {
  let followed = path;
  for (let links = 0; links < maxLinks; links++) {
    if (descriptorOf(followed) !== undefined) return followed;
    const isLink = await lstat(followed).then(
      (info) => info.isSymbolicLink(),
      () => false,
    );
    if (!isLink) return followed;
    followed = resolve(dirname(followed), await readlink(followed));
  }
  throw new UsageError(`${path} is a loop of links.`);
}

/** The descriptor of `/dev/stdout`, or of `/dev/fd/3`, to which a shell expands `>(command)`. */
function descriptorOf(path: string): number | undefined {
  const named = { '/dev/stdout': 1, '/dev/stderr': 2 }[path];
  if (named !== undefined) return named;
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

function descriptorDestination(descriptor: number, path: string): OutputDestination {
  return {
    kind: 'stream',
    path,
    isStandardOutput: descriptor === 1,
    open: async () => openDescriptor(descriptor),
  };
}
