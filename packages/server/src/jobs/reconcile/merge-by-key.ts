interface Keyed {
  readonly key: string;
}

/**
 * Walks two sequences side by side, both in ascending byte order of their keys (as S3 lists and as `COLLATE "C"` sorts),
 * and yields for every key what either side has. Neither is ever held in memory.
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

/** UTF-8's order, which for characters beyond the basic plane is not that of JavaScript's strings. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
