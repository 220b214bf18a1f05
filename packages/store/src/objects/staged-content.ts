import type { BlobFile } from '../blobs/blob-file.ts';
import { BlobWriter } from '../blobs/blob-writer.ts';
import { type DigestName, type Digests, digestAtOnce } from '../checksums/digests.ts';
import { idKey, newId } from '../index/keys.ts';
import type { Content } from '../index/records.ts';
import { contentAt, locationOf } from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import type { StoreDeps } from './store-deps.ts';

/**
 * Up to here bytes live in the index, above it in a file of their own. Measured with 32 writers, durable writes a second: 4 KiB
 * in the index 13,400, 16 KiB 8,900, 64 KiB 3,600, 256 KiB 1,200; a file of its own takes 2,300 whatever its size.
 */
export const inlineLimitBytes = 64 * 1024;

/** Bytes that have arrived but belong to no object yet. They end in `adoptContent` or in `discardContent`. */
export interface StagedContent {
  readonly content: Content;
  readonly digests: Digests;
  /** Content of at most 64 KiB, kept in the index. */
  readonly bytes?: Buffer;
  /** The blob of larger content. */
  readonly file?: BlobFile;
}

/**
 * Receives content: up to 64 KiB into memory, more into a new blob, hashed on the way. The blob is not durable yet.
 *
 * @throws S3Error `InsufficientStorage`, `ServiceUnavailable`; and whatever reading `source` throws
 */
export async function stageContent(
  deps: StoreDeps,
  source: AsyncIterable<Buffer>,
  digestNames: Iterable<DigestName>,
): Promise<StagedContent> {
  const names: DigestName[] = ['md5', ...digestNames];
  const small: Buffer[] = [];
  let smallBytes = 0;
  let large: { readonly file: BlobFile; readonly writer: BlobWriter } | undefined;
  try {
    for await (const chunk of source) {
      if (large !== undefined) {
        await large.writer.add(chunk);
        continue;
      }
      small.push(chunk);
      smallBytes += chunk.length;
      if (smallBytes <= inlineLimitBytes) continue;
      const file = await deps.health.guard(() => deps.blobs.create());
      large = { file, writer: new BlobWriter(deps, file, names) };
      for (const earlier of small) await large.writer.add(earlier);
    }
    return large === undefined ? stageSmall(joinChunks(small), names) : await stageLarge(large);
  } catch (error) {
    await large?.writer.abandon();
    await large?.file.discard();
    throw error;
  }
}

/** One chunk needs no copy. */
function joinChunks(chunks: readonly Buffer[]): Buffer {
  const [first, ...others] = chunks;
  return first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
}

async function stageLarge({ file, writer }: { file: BlobFile; writer: BlobWriter }): Promise<StagedContent> {
  const digests = await writer.finish();
  const { id, sizeBytes } = file;
  return { content: contentAt({ kind: 'file', id }, { sizeBytes, md5: md5Of(digests) }), digests, file };
}

function stageSmall(bytes: Buffer, names: readonly DigestName[]): StagedContent {
  const digests = digestAtOnce(names, bytes);
  const location =
    bytes.length === 0 ? ({ kind: 'empty' } as const) : { kind: 'inline' as const, id: newId() };
  return { content: contentAt(location, { sizeBytes: bytes.length, md5: md5Of(digests) }), digests, bytes };
}

function md5Of(digests: Digests): string {
  return digests.get('md5')?.toString('hex') ?? '';
}

/**
 * Makes staged bytes durable, then runs `decide`, which has to `adoptContent` them; if it throws they are discarded.
 *
 * @throws S3Error `InsufficientStorage`, `ServiceUnavailable`; and what `decide` throws
 */
export async function commitContent<T>(
  deps: StoreDeps,
  staged: StagedContent,
  decide: (transaction: Transaction) => T,
): Promise<T> {
  const { file } = staged;
  let isCommitted = false;
  try {
    deps.health.assertWritable();
    if (file !== undefined) await deps.health.guard(() => file.finish());
    const result = await deps.health.guard(() => deps.index.mutate(decide));
    isCommitted = true;
    // Optional: the next start would settle it too.
    if (file !== undefined) await deps.blobs.settle(file.id).catch(() => undefined);
    return result;
  } finally {
    if (!isCommitted) await discardContent(staged);
  }
}

export async function discardContent(staged: StagedContent): Promise<void> {
  await staged.file?.discard();
}

/** Makes staged bytes part of the index, in the transaction that refers to them. */
export function adoptContent(deps: StoreDeps, transaction: Transaction, staged: StagedContent): Content {
  const { content, bytes } = staged;
  const { tables } = deps.index;
  const { sizeBytes, md5 } = content;
  const location = locationOf(content);
  if (location.kind === 'inline' && bytes !== undefined)
    transaction.put(tables.inline, idKey(location.id), bytes);
  if (location.kind === 'file') {
    transaction.put(tables.blobs, idKey(location.id), { references: 1, sizeBytes, md5 });
  }
  return content;
}
