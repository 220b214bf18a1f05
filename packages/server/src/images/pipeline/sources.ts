import type { File } from '../../files/file.ts';
import { FileMemory } from '../cache/file-memory.ts';
import type { Canvas } from './canvas.ts';
import { divisors, type KeepReduced } from './reduce.ts';
import { loadBytes, type SourceDeps } from './source.ts';

export interface SourcesOptions {
  /** Of memory for originals as they are stored. */
  readonly maxBytes: number;
  /** Of memory for reduced copies. */
  readonly maxReducedBytes: number;
}

/**
 * Originals read last, and their reduced copies: one page asks for many sizes of the same picture, and decoding a photograph
 * takes several times as long as all that is then done to it.
 */
export class Sources {
  readonly #deps: SourceDeps;
  readonly #originals: FileMemory<Buffer>;
  readonly #reduced: FileMemory<Canvas>;

  constructor(deps: SourceDeps, { maxBytes, maxReducedBytes }: SourcesOptions) {
    this.#deps = deps;
    this.#originals = new FileMemory(maxBytes, (bytes) => bytes.length);
    this.#reduced = new FileMemory(maxReducedBytes, ({ pixels }) => pixels.length);
  }

  /** @throws `file/file-too-large`, `file/not-found` */
  load(file: File): Promise<Buffer> {
    const { key, etag } = file;
    return this.#originals.load({ name: key, etag }, () => loadBytes(this.#deps, file));
  }

  /** Keeps the reduced copies of a file. */
  reducedOf({ key, etag }: File): KeepReduced {
    return (divisor, make) => this.#reduced.load({ name: nameOfReduced(key, divisor), etag }, make);
  }

  forget(key: string): void {
    this.#originals.forget(key);
    for (const divisor of divisors) this.#reduced.forget(nameOfReduced(key, divisor));
  }
}

function nameOfReduced(key: string, divisor: number): string {
  return `${divisor}/${key}`;
}
