import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Storage } from '@bkend/storage';
import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { untilInterrupted } from './interrupt.ts';
import { findFile, openPatientClient } from './open-client.ts';
import { complain, formatBytes, InterruptedError, PartlyFailedError } from './output.ts';
import { createProgressBar } from './progress-bar.ts';

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
  const storage = await openPatientClient();
  let failed = 0;
  for (const idOrKey of idsOrKeys) {
    try {
      const { id, originalName, size } = await findFile(storage, idOrKey);
      // A name is somebody else's words: it names a file in this folder and nowhere else.
      const name = basename(originalName);
      const path = isFolder ? join(output, name) : (output ?? name);
      await save(storage, id, { path, output: answer });
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
  { path, output }: { readonly path: string; readonly output: Output },
): Promise<void> {
  const bar = createProgressBar(path === '-' ? undefined : output);
  const control = new AbortController();
  const { signal } = control;
  const copy = async () => {
    const response = await storage.download(id, { signal, onProgress: (now) => bar.update(now, path) });
    // Node's streams and the web's differ in type only.
    const bytes = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    if (path === '-') return pipeline(bytes, process.stdout, { end: false });
    const draft = `${path}.part`;
    try {
      await pipeline(bytes, createWriteStream(draft));
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  };
  const work = copy();
  try {
    await untilInterrupted(work, () => {
      control.abort();
      return new InterruptedError('Interrupted. What had come of the file is gone again.');
    });
  } finally {
    // Nothing half-written stays.
    await work.catch(() => {});
    bar.stop();
  }
}
