import { makeReflectedTables, updateReflected } from './reflected-crc.ts';

/** RFC 3720 §B.4: the Castagnoli polynomial, bits reversed. */
const tables = makeReflectedTables(0x82f63b78);

/** CRC-32C, as in iSCSI. */
export class Crc32c {
  #value = 0;

  update(bytes: Uint8Array): this {
    this.#value = updateReflected(tables, this.#value, bytes);
    return this;
  }

  /** Four bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}
