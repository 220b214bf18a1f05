import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import type { FocalPoint } from '../geometry/crop.ts';
import type { Source } from '../pipeline/source.ts';

/** Finds what smart crops should keep. */
export interface FaceFinder {
  /** In pixels of the upright picture; undefined when nothing was found. */
  find(file: Pick<File, 'key' | 'etag'>, source: Source): Promise<readonly FocalPoint[] | undefined>;
}

/** Remembers what was found in a file, whatever size is made of it. */
export function rememberFaces(finder: FaceFinder): FaceFinder {
  const found = new LRUCache<string, Promise<readonly FocalPoint[] | undefined>>({ max: 10_000 });
  return {
    find(file, source) {
      const name = `${file.key}\n${file.etag}`;
      const known = found.get(name);
      if (known) return known;
      const asked = finder.find(file, source);
      found.set(name, asked);
      asked.catch(() => found.delete(name));
      return asked;
    },
  };
}
