import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Storage } from '@bkend/storage';
import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { findFile, openClient } from './open-client.ts';
import { complain, createProgressBar, formatBytes, InterruptedError, PartlyFailedError } from './output.ts';

/** `get`: downloads files under their names; `-o -` writes to standard output. */
export async function get(
  idsOrKeys: readonly string[],
  { output }: { readonly output?: string },
  answer: Output,
): Promise<void> {
  const isFolder =
    output !== undefined &&
    (await stat(output).then(
      (info) => info.isDirectory(),
      () => false,
    ));
  if (idsOrKeys.length > 1 && output !== undefined && !isFolder) {
    throw new UsageError('With several files, -o names a folder that is there.');
  }
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of idsOrKeys) {
    try {
      const { id, originalName, size } = await findFile(storage, idOrKey);
      // A name is somebody else's words: it names a file in this folder and nowhere else.
      const name = basename(originalName);
      const path = isFolder ? join(output, name) : (output ?? name);
      await save(storage, id, { path, isBarWanted: !answer.isJson });
      if (path !== '-') answer.show({ id, path, size }, `${path}  ${formatBytes(size)}`);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      failed += 1;
      complain(idOrKey, error, answer);
    }
  }
  if (failed > 0) throw new PartlyFailedError();
}

/** Under another name until all of it is there. */
async function save(
  storage: Storage,
  id: string,
  { path, isBarWanted }: { path: string; isBarWanted: boolean },
): Promise<void> {
  const bar = createProgressBar(isBarWanted && path !== '-');
  const response = await storage.download(id, {
    onProgress: ({ bytes, total }) => bar.update(bytes, total, path),
  });
  // Node's streams and the web's differ in type only.
  const bytes = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  try {
    if (path === '-') return await pipeline(bytes, process.stdout, { end: false });
    const draft = `${path}.part`;
    try {
      await pipeline(bytes, createWriteStream(draft));
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  } finally {
    bar.stop();
  }
}
