/**
 * CRC-64/NVME (NVM Express NVM Command Set Specification 1.0c §5.2.1.3.4): polynomial 0xAD93D23594C93659, reflected,
 * inverted before and after. In two halves, because numbers here have no 64-bit operations; eight bytes at a time, as in
 * reflected-crc.ts.
 */
const reflectedPolynomial = { high: 0x9a6c9329, low: 0xac4bc9b5 };

const tableSize = 8 * 256;
const highs = new Int32Array(tableSize);
const lows = new Int32Array(tableSize);

for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      low ^= reflectedPolynomial.low;
      high ^= reflectedPolynomial.high;
    }
  }
  highs[byte] = high;
  lows[byte] = low;
}
for (let entry = 256; entry < tableSize; entry++) {
  const high = highs[entry - 256] ?? 0;
  const low = lows[entry - 256] ?? 0;
  highs[entry] = (high >>> 8) ^ (highs[low & 0xff] ?? 0);
  lows[entry] = ((low >>> 8) | (high << 24)) ^ (lows[low & 0xff] ?? 0);
}

export class Crc64Nvme {
  #high = 0;
  #low = 0;

  update(bytes: Uint8Array): this {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let high = ~this.#high;
    let low = ~this.#low;
    let at = 0;
    // Asked for once: of shared memory it is not free.
    const length = bytes.byteLength;
    for (; at + 8 <= length; at += 8) {
      low ^= words.getInt32(at, true);
      high ^= words.getInt32(at + 4, true);
      const a = 1792 | (low & 0xff);
      const b = 1536 | ((low >>> 8) & 0xff);
      const c = 1280 | ((low >>> 16) & 0xff);
      const d = 1024 | (low >>> 24);
      const e = 768 | (high & 0xff);
      const f = 512 | ((high >>> 8) & 0xff);
      const g = 256 | ((high >>> 16) & 0xff);
      const h = high >>> 24;
      low = xorOf(lows, a, b, c, d) ^ xorOf(lows, e, f, g, h);
      high = xorOf(highs, a, b, c, d) ^ xorOf(highs, e, f, g, h);
    }
    for (; at < length; at++) {
      const entry = (low ^ words.getUint8(at)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (lows[entry] ?? 0);
      high = (high >>> 8) ^ (highs[entry] ?? 0);
    }
    this.#high = ~high;
    this.#low = ~low;
    return this;
  }

  /** Eight bytes, most significant first. */
  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(this.#high >>> 0, 0);
    digest.writeUInt32BE(this.#low >>> 0, 4);
    return digest;
  }
}

function xorOf(table: Int32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] ?? 0) ^ (table[b] ?? 0) ^ (table[c] ?? 0) ^ (table[d] ?? 0);
}
