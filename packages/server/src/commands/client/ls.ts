import { parseArgs } from 'node:util';
import type { FileFilter, StoredFile } from '@bkend/storage';
import { sortFields } from '@bkend/storage-contract';
import type { Command } from '../command.ts';
import { openClient } from './open-client.ts';
import { formatBytes, formatTable } from './output.ts';
import { oneOf } from './vocabulary-options.ts';

const shownAtOnce = 100;

/** `ls [--long --sort FIELD --reverse --mime TYPE --search TEXT --all --json]`: the files you may see, newest first. */
export const ls: Command = async (words, { print }) => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      long: { type: 'boolean', short: 'l', default: false },
      sort: { type: 'string' },
      reverse: { type: 'boolean', default: false },
      mime: { type: 'string' },
      search: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const sortBy = values.sort === undefined ? 'createdAt' : oneOf(values.sort, sortFields, '--sort');
  const isAscending = (sortBy === 'originalName' || sortBy === 'mimeType') !== values.reverse;
  const filter: FileFilter = {
    sortBy,
    sortDirection: isAscending ? 'asc' : 'desc',
    ...(values.mime !== undefined && { mimeType: values.mime }),
    ...(values.search !== undefined && { search: values.search }),
  };
  const storage = await openClient();
  const files: StoredFile[] = [];
  let isMore = false;
  for await (const file of storage.list(filter)) {
    isMore = !values.all && files.length === shownAtOnce;
    if (isMore) break;
    if (values.json) print(JSON.stringify(file));
    files.push(file);
  }
  if (!values.json) for (const line of formatTable(files.map((file) => row(file, values.long)))) print(line);
  if (isMore) process.stderr.write(`These are the first ${shownAtOnce}; --all shows all.\n`);
};

function row(file: StoredFile, isLong: boolean): (string | number)[] {
  const short = [file.id, formatBytes(file.size).padStart(8), file.createdAt.slice(0, 16).replace('T', ' ')];
  if (!isLong) return [...short, file.originalName];
  return [...short, file.visibility, file.mimeType, file.ownerId ?? '', file.originalName, file.key];
}
