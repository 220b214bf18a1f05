interface Keyed {
  readonly key: string;
}

/**
 * Merges two sequences in ascending byte order of their keys, as S3 lists and `COLLATE "C"` sorts. Yields one pair for
 * every key; a side without the key is absent. Holds one item of each side in memory.
 */
export async function* mergeByKey<Left extends Keyed, Right extends Keyed>(
  lefts: AsyncIterable<Left>,
  rights: AsyncIterable<Right>,
): AsyncGenerator<{ left?: Left; right?: Right }> {
  const leftIterator = lefts[Symbol.asyncIterator]();
  const rightIterator = rights[Symbol.asyncIterator]();
  let left = await leftIterator.next();
  let right = await rightIterator.next();
  while (!left.done || !right.done) {
    const order = left.done ? 1 : right.done ? -1 : compareBytes(left.value.key, right.value.key);
    yield {
      ...(order <= 0 && !left.done && { left: left.value }),
      ...(order >= 0 && !right.done && { right: right.value }),
    };
    if (order <= 0) left = await leftIterator.next();
    if (order >= 0) right = await rightIterator.next();
  }
}

/** The order of UTF-8, which differs from that of JavaScript's strings beyond the basic plane. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
