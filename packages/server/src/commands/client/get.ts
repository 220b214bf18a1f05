import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Storage } from '@bkend/storage';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { findFile, openClient } from './open-client.ts';
import { complain, createProgressBar, formatBytes, PartlyFailedError } from './output.ts';

/** `get ID|KEY… [-o FILE|FOLDER|-] [--json]`: downloads files under their names; `-o -` writes to standard output. */
export const get: Command = async (words, { print }) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { output: { type: 'string', short: 'o' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const { output } = values;
  if (positionals.length === 0)
    throw new UsageError('get is followed by the ids or keys of the files to download.');
  const isFolder =
    output !== undefined &&
    (await stat(output).then(
      (info) => info.isDirectory(),
      () => false,
    ));
  if (positionals.length > 1 && output !== undefined && !isFolder) {
    throw new UsageError('With several files, -o names a folder that is there.');
  }
  const storage = await openClient();
  let failed = 0;
  for (const idOrKey of positionals) {
    try {
      const { id, originalName, size } = await findFile(storage, idOrKey);
      const path = isFolder ? join(output, originalName) : (output ?? originalName);
      await save(storage, id, { path, isBarWanted: !values.json });
      if (path !== '-')
        print(values.json ? JSON.stringify({ id, path, size }) : `${path}  ${formatBytes(size)}`);
    } catch (error) {
      failed += 1;
      complain(idOrKey, error);
    }
  }
  if (failed > 0) throw new PartlyFailedError();
};

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
