import * as zlib from 'node:zlib';

// Native from Node 20.15 and 22.2 on.
const nativeCrc32: ((bytes: Uint8Array, value: number) => number) | undefined = zlib.crc32;
const crc32Tables = makeReflectedTables(0xedb88320);

/** CRC-32 as in zlib and ISO 3309. */
export class Crc32 {
  #value = 0;

  update(bytes: Uint8Array): this {
    this.#value = nativeCrc32?.(bytes, this.#value) ?? updateReflected(crc32Tables, this.#value, bytes);
    return this;
  }

  /** Four bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}

/** RFC 3720 §B.4: the Castagnoli polynomial, bits reversed. */
const crc32cTables = makeReflectedTables(0x82f63b78);

/** CRC-32C, as in iSCSI. */
export class Crc32c {
  #value = 0;

  update(bytes: Uint8Array): this {
    this.#value = updateReflected(crc32cTables, this.#value, bytes);
    return this;
  }

  /** Four bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}

/**
 * Reflected 32-bit CRCs eight bytes at a time ("slicing by 8": M. Kounavis, F. Berry, "A Systematic Approach to
 * Building High Performance Software-based CRC Generators", 2005).
 */

/**
 * Entry `256 × distance + byte` is what `byte` does to the checksum `distance` bytes later. Signed, because the engine keeps
 * those as plain integers: unsigned ones take four times as long.
 */
type ReflectedTables = Int32Array;

/** @param polynomial with its bits reversed */
export function makeReflectedTables(polynomial: number): ReflectedTables {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    tables[byte] = value;
  }
  for (let entry = 256; entry < tables.length; entry++) {
    const nearer = tables[entry - 256] ?? 0;
    tables[entry] = (nearer >>> 8) ^ (tables[nearer & 0xff] ?? 0);
  }
  return tables;
}

/** Continues a CRC that begins and ends inverted, as the common ones do; `value` of no bytes is 0. */
export function updateReflected(tables: ReflectedTables, value: number, bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ~value;
  let at = 0;
  // Asked for once: of shared memory it is not free.
  const length = bytes.byteLength;
  for (; at + 8 <= length; at += 8) {
    const low = words.getInt32(at, true) ^ crc;
    const high = words.getInt32(at + 4, true);
    crc =
      (tables[1792 | (low & 0xff)] ?? 0) ^
      (tables[1536 | ((low >>> 8) & 0xff)] ?? 0) ^
      (tables[1280 | ((low >>> 16) & 0xff)] ?? 0) ^
      (tables[1024 | (low >>> 24)] ?? 0) ^
      (tables[768 | (high & 0xff)] ?? 0) ^
      (tables[512 | ((high >>> 8) & 0xff)] ?? 0) ^
      (tables[256 | ((high >>> 16) & 0xff)] ?? 0) ^
      (tables[high >>> 24] ?? 0);
  }
  for (; at < length; at++) {
    crc = (crc >>> 8) ^ (tables[(crc ^ words.getUint8(at)) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}
