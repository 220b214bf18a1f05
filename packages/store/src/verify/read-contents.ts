import { createHash } from 'node:crypto';
import type { BlobDirectory } from '../blobs/blob-directory.ts';
import { idKey } from '../index/keys.ts';
import type { Content } from '../index/records.ts';
import { locationOf } from '../index/records.ts';
import type { Tables } from '../index/store-index.ts';
import type { Table, TableEntry } from '../index/table.ts';

type ReadResult =
  | { readonly kind: 'object' }
  | { readonly kind: 'content'; readonly sizeBytes: number }
  | (Finding & { readonly kind: 'missing' | 'damaged' });

/** Reads the bytes of every object and of every uploaded part. */
export async function* readContents(tables: Tables, blobs: BlobDirectory): AsyncGenerator<ReadResult> {
  for (const { key, value } of snapshot(tables.objects)) {
    const name = splitKey(key);
    yield { kind: 'object' };
    const { content } = value;
    const contents =
      'manifest' in content
        ? tables.manifests.get(idKey(content.manifest))?.map((part) => part.content)
        : [content];
    const isCurrent = (): boolean =>
      JSON.stringify(tables.objects.get(key)?.content) === JSON.stringify(content);
    if (contents === undefined) {
      if (isCurrent()) yield { kind: 'missing', ...name, problem: 'Its list of parts is missing.' };
      continue;
    }
    for (const each of contents) {
      const problem = await findProblem(tables, blobs, each);
      if (problem === undefined) yield { kind: 'content', sizeBytes: each.sizeBytes };
      else if (isCurrent()) yield { ...problem, ...name };
    }
  }
  for (const { key, value } of snapshot(tables.parts)) {
    const problem = await findProblem(tables, blobs, value.content);
    const name = { bucket: '', key: `part ${value.partNumber} of upload ${key.toString('hex', 0, 16)}` };
    if (problem === undefined) yield { kind: 'content', sizeBytes: value.content.sizeBytes };
    else if (tables.parts.get(key) !== undefined) yield { ...problem, ...name };
  }
}

async function findProblem(
  tables: Tables,
  blobs: BlobDirectory,
  content: Content,
): Promise<{ kind: 'missing' | 'damaged'; problem: string } | undefined> {
  const { sizeBytes, md5 } = content;
  const location = locationOf(content);
  const hash = createHash('md5');
  let read = 0;
  const add = (bytes: Buffer): void => {
    hash.update(bytes);
    read += bytes.length;
  };
  if (location.kind === 'inline') {
    const bytes = tables.inline.get(idKey(location.id));
    if (bytes === undefined)
      return { kind: 'missing', problem: `Its bytes ${location.id} are not in the index.` };
    add(bytes);
  }
  if (location.kind === 'file') {
    try {
      const file = await blobs.openForReading(location.id);
      // The stream closes the file, also when it is left early.
      for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024 })) add(chunk);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return {
        kind: isMissing ? 'missing' : 'damaged',
        problem: `Its file ${location.id} cannot be read: ${reason}`,
      };
    }
  }
  if (read !== sizeBytes) {
    return { kind: 'damaged', problem: `It has ${read} bytes instead of ${sizeBytes}.` };
  }
  if (hash.digest('hex') !== md5)
    return { kind: 'damaged', problem: 'Its bytes do not have their checksum.' };
  return undefined;
}

/** Goes through a table page by page: what is awaited in between must not hold the index's old pages. */
function* snapshot<V>(table: Table<V>): Generator<TableEntry<V>> {
  const pageSize = 1000;
  for (let start: Buffer | undefined; ; ) {
    const page = [...table.range({ ...(start && { start }), limit: pageSize })];
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    start = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

function splitKey(indexKey: Buffer): { bucket: string; key: string } {
  const end = indexKey.indexOf(0);
  return { bucket: indexKey.toString('utf8', 0, end), key: indexKey.toString('utf8', end + 1) };
}

/** One defect of a store. */
export type Finding =
  /** Content that is missing or differs from what was stored. */
  | {
      readonly kind: 'missing' | 'damaged';
      readonly bucket: string;
      readonly key: string;
      readonly problem: string;
    }
  /** Blobs or rows without a reference. They use disk space and do no other harm. */
  | { readonly kind: 'unreferenced'; readonly problem: string };
