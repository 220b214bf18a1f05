import { createReadStream } from 'node:fs';

/** Longer lines of a manifest are refused: metadata has 16 KiB by default. */
const maxLineBytes = 4 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Absent: it is too long, and its text was passed over. */
  readonly text?: string;
}

/** The lines of a file that are not empty, one after the other. Memory is bounded by the longest line that is allowed. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const end = function* (): Generator<Line> {
    const text = length > maxLineBytes ? undefined : Buffer.concat(parts).toString('utf8').trim();
    if (text === undefined) yield { number };
    else if (text !== '' && text !== '\ufeff') yield { number, text: text.replace(/^\ufeff/, '') };
    number += 1;
    parts = [];
    length = 0;
  };
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= maxLineBytes) parts.push(part);
    else parts = [];
  };
  // Without an encoding, chunks are buffers.
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, at));
      start = at + 1;
      yield* end();
    }
    add(chunk.subarray(start));
  }
  yield* end();
}
