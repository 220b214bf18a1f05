import { basename } from 'node:path';
import type { Category, Visibility } from '@bkend/storage';
import type { Output } from '../output.ts';
import { untilInterrupted } from './interrupt.ts';
import { findLocalFiles } from './local-files.ts';
import { openPatientClient } from './open-client.ts';
import { complain, formatBytes, InterruptedError, PartlyFailedError } from './output.ts';
import { createProgressBar } from './progress-bar.ts';
import { wordsToGoOn } from './words-to-go-on.ts';

export interface PutOptions {
  readonly recursive?: boolean;
  readonly visibility?: Visibility;
  readonly category?: Category;
  readonly tag?: readonly string[];
  /** Transfers at once. */
  readonly concurrency: number;
  /** Globs. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: boolean;
}

/** `put`: uploads files; a large one that was interrupted goes on where it stopped. */
export async function put(paths: readonly string[], options: PutOptions, output: Output): Promise<void> {
  const { recursive = false, visibility, category, tag, concurrency, include = [], exclude = [] } = options;
  const files = await findLocalFiles(paths, { recursive, include, exclude });
  if (options.dryRun) {
    for (const { path, sizeBytes } of files) {
      output.show({ path, size: sizeBytes }, `would upload ${path}  ${formatBytes(sizeBytes)}`);
    }
    return;
  }

  const storage = await openPatientClient({ concurrency });
  const bar = createProgressBar(output);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const uploaded = new Set<string>();
  let failed = 0;
  const batch = storage.uploadAll(
    files.map(({ path }) => ({ source: { path }, filename: basename(path) })),
    {
      ...(visibility && { visibility }),
      ...(category && { category }),
      ...(tag && { metadata: { tags: [...tag] } }),
      onProgress: (now) => bar.update({ ...now, total }, `${now.filesDone}/${now.files} files`),
      onFile: ({ file, error }, index) =>
        bar.aside(() => {
          const path = files[index]?.path ?? '';
          if (file) {
            uploaded.add(path);
            const words = [file.id, file.originalName, formatBytes(file.size), file.url];
            return output.show(file, words.filter(Boolean).join('  '));
          }
          failed += 1;
          complain(path, error, output);
        }),
    },
  );
  try {
    await untilInterrupted(batch, () => {
      batch.pause();
      const words = wordsToGoOn(process.argv.slice(2), uploaded);
      return new InterruptedError(
        `Interrupted after ${uploaded.size} of ${files.length} files. To go on, large files where they stopped:\n  bkend-storage ${words}`,
      );
    });
  } finally {
    bar.stop();
  }
  if (failed > 0) throw new PartlyFailedError();
}
