import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoredFile } from '@bkend/storage';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { untilInterrupted } from './interrupt.ts';
import { findLocalFiles } from './local-files.ts';
import { openClient } from './open-client.ts';
import { complain, createProgressBar, formatBytes, InterruptedError, PartlyFailedError } from './output.ts';
import { readCategory, readVisibility } from './vocabulary-options.ts';

/** `put FILE… [--json …]`: uploads files; a large one that was interrupted goes on where it stopped. */
export const put: Command = async (words, { print }) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      json: { type: 'boolean', default: false },
      recursive: { type: 'boolean', short: 'r', default: false },
      visibility: { type: 'string' },
      category: { type: 'string' },
      tag: { type: 'string', multiple: true, default: [] },
      concurrency: { type: 'string', default: '5' },
      include: { type: 'string', multiple: true, default: [] },
      exclude: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new UsageError('put is followed by the files to upload.');
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100) {
    throw new UsageError('--concurrency is a number from 1 to 100.');
  }
  const description = {
    ...readVisibility(values.visibility),
    ...readCategory(values.category),
    ...(values.tag.length > 0 && { metadata: { tags: values.tag } }),
  };
  const files = await findLocalFiles(positionals, values);
  const show = (file: StoredFile) =>
    print(
      values.json
        ? JSON.stringify(file)
        : [file.id, file.originalName, formatBytes(file.size), file.url].filter(Boolean).join('  '),
    );
  if (values['dry-run']) {
    for (const { path, sizeBytes } of files)
      print(
        values.json
          ? JSON.stringify({ path, size: sizeBytes })
          : `would upload ${path}  ${formatBytes(sizeBytes)}`,
      );
    return;
  }

  const storage = await openClient({ concurrency });
  const bar = createProgressBar(!values.json);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let failed = 0;
  const batch = storage.uploadAll(
    files.map(({ path }) => ({ source: { path }, filename: basename(path) })),
    {
      ...description,
      onProgress: ({ bytes, filesDone, files: count }) =>
        bar.update(bytes, total, `${filesDone}/${count} files`),
      onFile: ({ file, error }, index) => {
        if (file) return show(file);
        failed += 1;
        complain(files[index]?.path ?? '', error);
      },
    },
  );
  try {
    await untilInterrupted(batch, () => {
      batch.pause();
      return new InterruptedError(
        'Interrupted. The same command again goes on with large files where they stopped.',
      );
    });
  } finally {
    bar.stop();
  }
  if (failed > 0) throw new PartlyFailedError();
};
