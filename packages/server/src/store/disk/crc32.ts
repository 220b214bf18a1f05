import * as zlib from 'node:zlib';
import { makeReflectedTables, updateReflected } from './reflected-crc.ts';

// Native from Node 20.15 and 22.2 on.
const nativeCrc32: ((bytes: Uint8Array, value: number) => number) | undefined = zlib.crc32;
const tables = makeReflectedTables(0xedb88320);

/** CRC-32 as in zlib and ISO 3309. */
export class Crc32 {
  #value = 0;

  update(bytes: Uint8Array): this {
    this.#value = nativeCrc32?.(bytes, this.#value) ?? updateReflected(tables, this.#value, bytes);
    return this;
  }

  /** Four bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}
