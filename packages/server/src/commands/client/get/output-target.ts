import { lstat, readlink, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { UsageError } from '../../usage-error.ts';
import { openDescriptor, openSpecial } from './special-output.ts';

/** Where a download goes. */
export type OutputTarget =
  | {
      readonly kind: 'file';
      readonly directory: string;
      /** Default: the file's own name. */
      readonly name?: string;
      /** The user named a link that leads here: what is there gets new contents. */
      readonly isLinked?: boolean;
    }
  | {
      /** Written to as it is: standard output, a descriptor, a device, a pipe, a socket. */
      readonly kind: 'stream';
      /** Nothing else may be written to it. */
      readonly isStandardOutput: boolean;
      /** As the user named it. */
      readonly path: string;
      open(signal: AbortSignal): Promise<Writable>;
    };

const maxLinks = 40;

/**
 * What the user means by `-o`. Only what the user names is looked at here: a name that came with a file never leads to a
 * device, or through a link.
 * @throws UsageError for a folder that is not there
 */
export async function findOutputTarget(output: string | undefined): Promise<OutputTarget> {
  if (output === undefined) return { kind: 'file', directory: '.' };
  if (output === '-') return descriptorTarget(1, output);
  const path = await followLinks(output);
  const descriptor = descriptorOf(path);
  if (descriptor !== undefined) return descriptorTarget(descriptor, output);
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
  return { kind: 'file', directory: dirname(path), name: basename(path), isLinked: path !== output };
}

/** To where the last link leads, whether or not anything is there; a path that is no link stays as it is. */
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
  throw new UsageError(`${path} leads through links that never end.`);
}

/** `/dev/stdout`, `/dev/fd/3`, which a shell makes of `>(command)`: a descriptor of this process. */
function descriptorOf(path: string): number | undefined {
  const named = { '/dev/stdout': 1, '/dev/stderr': 2 }[path];
  if (named !== undefined) return named;
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

function descriptorTarget(descriptor: number, path: string): OutputTarget {
  return {
    kind: 'stream',
    path,
    isStandardOutput: descriptor === 1,
    open: async () => openDescriptor(descriptor),
  };
}
