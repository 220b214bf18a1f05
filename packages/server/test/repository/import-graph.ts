/** Who imports whom, by name: files, or the rooms that they lie in. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** An import from a file to a file. */
export type Import = readonly [from: string, to: string];

/**
 * The graph of imports between rooms.
 * @param roomOf undefined for a file that has no part in it
 */
export function graphOf(
  imports: readonly Import[],
  roomOf: (path: string) => string | undefined,
): ImportGraph {
  const graph = new Map<string, Set<string>>();
  const roomNamed = (name: string) => {
    const room = graph.get(name) ?? new Set<string>();
    graph.set(name, room);
    return room;
  };
  for (const [from, to] of imports) {
    const [importer, imported] = [roomOf(from), roomOf(to)];
    if (importer !== undefined) roomNamed(importer);
    if (imported !== undefined) roomNamed(imported);
    if (importer === undefined || imported === undefined || importer === imported) continue;
    roomNamed(importer).add(imported);
  }
  return graph;
}

/** Each group of rooms that import each other in a circle, sorted: the strongly connected components (Tarjan, 1972). */
export function circlesIn(graph: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  function visit(room: string): number {
    let low = order.size;
    order.set(room, low);
    open.push(room);
    const own = low;
    for (const imported of graph.get(room) ?? []) {
      if (!order.has(imported)) low = Math.min(low, visit(imported));
      else if (open.includes(imported))
        low = Math.min(low, lowest.get(imported) ?? order.get(imported) ?? low);
    }
    lowest.set(room, low);
    if (low === own) {
      const circle = open.splice(open.indexOf(room));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  }

  for (const room of graph.keys()) if (!order.has(room)) visit(room);
  return circles.sort();
}

/** On how many floors the rooms stand when each is above all that it imports. Of a circle, each room counts once. */
export function floorsOf(graph: ImportGraph): number {
  const heights = new Map<string, number>();
  function heightOf(room: string): number {
    const known = heights.get(room);
    if (known !== undefined) return known;
    heights.set(room, 0);
    const height = 1 + Math.max(0, ...Array.from(graph.get(room) ?? [], heightOf));
    heights.set(room, height);
    return height;
  }
  return Math.max(0, ...Array.from(graph.keys(), heightOf));
}
