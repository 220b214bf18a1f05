/**
 * Reflected 32-bit CRCs eight bytes at a time ("slicing by 8": M. Kounavis, F. Berry, "A Systematic Approach to
 * Building High Performance Software-based CRC Generators", 2005).
 */

/** Entry `256 × distance + byte` is what `byte` does to the checksum `distance` bytes later. */
export type ReflectedTables = Uint32Array;

/** @param polynomial with its bits reversed */
export function makeReflectedTables(polynomial: number): ReflectedTables {
  const tables = new Uint32Array(8 * 256);
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
  const lookUp = (distance: number, byte: number): number => tables[(distance << 8) | byte] ?? 0;
  let crc = ~value;
  let at = 0;
  for (; at + 8 <= bytes.byteLength; at += 8) {
    const low = words.getUint32(at, true) ^ crc;
    const high = words.getUint32(at + 4, true);
    crc =
      lookUp(7, low & 0xff) ^
      lookUp(6, (low >>> 8) & 0xff) ^
      lookUp(5, (low >>> 16) & 0xff) ^
      lookUp(4, low >>> 24) ^
      lookUp(3, high & 0xff) ^
      lookUp(2, (high >>> 8) & 0xff) ^
      lookUp(1, (high >>> 16) & 0xff) ^
      lookUp(0, high >>> 24);
  }
  for (; at < bytes.byteLength; at++) crc = (crc >>> 8) ^ lookUp(0, (crc ^ words.getUint8(at)) & 0xff);
  return ~crc >>> 0;
}
