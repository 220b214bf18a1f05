import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BatchItem, Storage, StoredFile } from '@bkend/storage';
import { categories } from '@bkend/storage-contract';
import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { untilInterrupted } from './interrupt.ts';
import { openPatientClient } from './open-client.ts';
import { complain, InterruptedError, PartlyFailedError, remark } from './output.ts';
import { createProgressBar } from './progress-bar.ts';
import { findLocalFiles, type LocalFile } from './put/local-files.ts';
import { createNameFilter } from './put/name-filter.ts';

export interface SyncOptions {
  readonly delete?: boolean;
  readonly dryRun?: boolean;
}

/**
 * `sync`: uploads what is new in a folder or has changed, by SHA-256. Each file is tagged with its folders' names;
 * where the first is a category's, it is the category. What has changed is replaced: the new file is there before the old
 * one goes. `--delete` also removes what is no longer in the folder.
 */
export async function sync(folder: string, options: SyncOptions, output: Output): Promise<void> {
  const filter = createNameFilter([], []);
  const { files: local, leftOut } = await findLocalFiles([folder], {
    recursive: true,
    followLinks: false,
    filter,
  });
  if (leftOut.some(({ isMisnamed }) => isMisnamed)) throw new UsageError(`There is no folder ${folder}.`);
  for (const { path, reason } of leftOut) complain(path, new Error(reason), output);
  let failed = leftOut.length;
  const storage = await openPatientClient();
  const root = basename(resolve(folder));
  const remote = await readRemote(storage, root);
  const tell = (action: string, path: string) => output.show({ action, path }, `${action}  ${path}`);

  const changed: (LocalFile & { sha256: string })[] = [];
  for (const file of local) {
    try {
      const sha256 = await hashFile(file.path);
      const stored = remote.get(file.name) ?? [];
      if (!stored.some((each) => each.metadata.custom?.sha256 === sha256)) changed.push({ ...file, sha256 });
    } catch (error) {
      failed += 1;
      complain(file.path, error, output);
    }
  }
  const names = new Set(local.map(({ name }) => name));
  const surplus = options.delete ? [...remote].filter(([name]) => !names.has(name)) : [];
  if (options.dryRun) {
    for (const { name } of changed) tell('would upload', name);
    for (const [name] of surplus) tell('would delete', name);
    if (failed > 0) throw new PartlyFailedError();
    return;
  }

  const bar = createProgressBar(output);
  const total = changed.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const replaced: string[] = [];
  const batch = storage.uploadAll(
    changed.map((file) => toItem(root, file)),
    {
      onProgress: (now) => bar.update({ ...now, total }, `${now.filesDone}/${now.files} files`),
      onFile: ({ error }, index) =>
        bar.aside(() => {
          const name = changed[index]?.name ?? '';
          if (error) {
            failed += 1;
            return complain(name, error, output);
          }
          replaced.push(...(remote.get(name) ?? []).map(({ id }) => id));
          tell('uploaded', name);
        }),
    },
  );
  try {
    await untilInterrupted(batch, () => {
      batch.pause();
      return new InterruptedError('Interrupted. The same command again goes on where it stopped.');
    });
  } finally {
    bar.stop();
  }
  // What could not be read, or sent, may be what looks as if it were gone.
  const isDeleting = failed === 0;
  if (isDeleting) replaced.push(...surplus.flatMap(([, files]) => files.map(({ id }) => id)));
  else if (surplus.length > 0)
    remark(folder, 'Nothing that is gone here is deleted there, because of the failures.', output);
  const outcome = await storage.deleteAll(replaced);
  if (isDeleting) for (const [name] of surplus) tell('deleted', name);
  for (const { id, code } of outcome.failed) complain(id, new Error(code), output);
  if (failed + outcome.failed.length > 0) throw new PartlyFailedError();
}

/** What earlier runs for a folder of this name have uploaded, by path; normally one file each. */
async function readRemote(storage: Storage, root: string): Promise<Map<string, StoredFile[]>> {
  const remote = new Map<string, StoredFile[]>();
  for await (const file of storage.list({ tag: rootTag(root) })) {
    const path = file.metadata.custom?.syncPath;
    if (typeof path === 'string') remote.set(path, [...(remote.get(path) ?? []), file]);
  }
  return remote;
}

function rootTag(root: string): string {
  return `sync:${root}`.slice(0, 64);
}

function toItem(root: string, { path, name, sha256 }: LocalFile & { sha256: string }): BatchItem {
  const folders = name.split('/').slice(0, -1);
  const category = categories.find((candidate) => candidate === folders[0]);
  const tags = [...new Set([rootTag(root), ...folders.map((folder) => folder.slice(0, 64))])].slice(0, 50);
  return {
    source: { path },
    ...(category && { category }),
    metadata: { tags, custom: { syncPath: name, sha256 } },
  };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
