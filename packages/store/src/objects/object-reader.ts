import type { FileHandle } from 'node:fs/promises';
import type { Content, ObjectRecord } from '../index/records.ts';
import { locationOf } from '../index/records.ts';
import { findManifest } from './get-object.ts';
import type { StoreDeps } from './store-deps.ts';

/** Bytes from `start` up to but not including `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

const readSizeBytes = 256 * 1024;

/** The bytes of an object as they were when it was opened, whatever happens to it afterwards. */
export class ObjectReader {
  readonly #deps: StoreDeps;
  readonly #contents: readonly Content[];
  /** Small ones are taken along at once: their rows may be gone later. */
  readonly #inline: ReadonlyMap<string, Buffer>;
  readonly #letGo: () => void;

  private constructor(deps: StoreDeps, contents: readonly Content[]) {
    this.#deps = deps;
    this.#contents = contents;
    const files: string[] = [];
    const inline = new Map<string, Buffer>();
    for (const location of contents.map(locationOf)) {
      if (location.kind === 'file') files.push(location.id);
      if (location.kind === 'inline') inline.set(location.id, deps.index.getInline(location.id));
    }
    this.#inline = inline;
    this.#letGo = deps.purger.hold(files);
  }

  /** To be called in the same turn as the record was read, and closed at the end. */
  static open(deps: StoreDeps, record: ObjectRecord): ObjectReader {
    const { content } = record;
    const parts = 'manifest' in content ? findManifest(deps, record)?.map((part) => part.content) : undefined;
    return new ObjectReader(deps, parts ?? ('manifest' in content ? [] : [content]));
  }

  /** The bytes within the span. Each chunk is valid until the one after the next is asked for. */
  async *read(span: ByteSpan): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const content of this.#contents) {
      const start = Math.max(span.start - offset, 0);
      const end = Math.min(span.end - offset, content.sizeBytes);
      offset += content.sizeBytes;
      if (start < end) yield* this.#readContent(content, { start, end });
      if (offset >= span.end) return;
    }
  }

  [Symbol.dispose](): void {
    this.#letGo();
  }

  async *#readContent(content: Content, span: ByteSpan): AsyncGenerator<Buffer> {
    const location = locationOf(content);
    if (location.kind === 'empty') return;
    if (location.kind === 'inline') {
      const bytes = this.#inline.get(location.id);
      if (bytes !== undefined) yield bytes.subarray(span.start, span.end);
      return;
    }
    const handle = await this.#deps.blobs.openForReading(location.id);
    try {
      yield* readFile(handle, span);
    } finally {
      await handle.close();
    }
  }
}

/** Reads into two buffers in turn: garbage of this size would pile up faster than it is collected. */
async function* readFile(handle: FileHandle, span: ByteSpan): AsyncGenerator<Buffer> {
  const bufferBytes = Math.min(readSizeBytes, span.end - span.start);
  let free: Buffer | undefined;
  let inUse: Buffer | undefined;
  for (let at = span.start; at < span.end; at += bufferBytes) {
    const buffer = free ?? Buffer.allocUnsafeSlow(bufferBytes);
    const chunk = buffer.subarray(0, span.end - at);
    await fill(chunk, handle, at);
    free = inUse;
    inUse = buffer;
    yield chunk;
  }
}

async function fill(chunk: Buffer, handle: FileHandle, position: number): Promise<void> {
  for (let filled = 0; filled < chunk.length; ) {
    const { bytesRead } = await handle.read(chunk, filled, chunk.length - filled, position + filled);
    if (bytesRead === 0)
      throw new Error(`A stored file ends at ${position + filled} bytes, which is too early`);
    filled += bytesRead;
  }
}
