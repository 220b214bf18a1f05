import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { File } from '../files/file.ts';
import type { FileLookup } from './cache/file-lookup.ts';
import type { PreparedResult } from './prepare-result.ts';

const maxRemembered = 5_000;
/** Of path and headers together. Longer ones are rare, and could fill memory. */
const maxNameLength = 2_000;

/**
 * What answers came to, by the very words that asked for them, so that a popular picture is answered without reading its
 * URL again. An answer is good for as long as its files are believed to be what they were when it was prepared, and no
 * longer: whatever makes the look-up forget a file, time or a notice, makes this forget it too. Bytes are kept elsewhere,
 * under what they are.
 */
export class PreparedResults {
  readonly #files: FileLookup;
  readonly #heard: readonly string[];
  readonly #prepared = new LRUCache<string, PreparedResult>({ max: maxRemembered });

  /** @param heard names of the request headers that have a say in an answer */
  constructor(files: FileLookup, heard: readonly string[]) {
    this.#files = files;
    this.#heard = heard.map((name) => name.toLowerCase());
  }

  find(path: string, headers: IncomingHttpHeaders): PreparedResult | undefined {
    const prepared = this.#prepared.get(this.#nameOf(path, headers));
    return prepared && this.#holds(prepared) ? prepared : undefined;
  }

  /** Only for answers that are the same for everybody and at any time, as long as the files are. */
  put(path: string, headers: IncomingHttpHeaders, prepared: PreparedResult): void {
    const name = this.#nameOf(path, headers);
    if (name.length <= maxNameLength) this.#prepared.set(name, prepared);
  }

  #holds({ file, overlays }: PreparedResult): boolean {
    return this.#isBelieved(file) && overlays.every((overlay) => this.#isBelieved(overlay));
  }

  #isBelieved(file: File): boolean {
    return this.#files.peek(file.key) === file;
  }

  #nameOf(path: string, headers: IncomingHttpHeaders): string {
    let name = path;
    // No header and no path has a line break in it.
    for (const header of this.#heard) name += `\n${headers[header] ?? ''}`;
    return name;
  }
}
