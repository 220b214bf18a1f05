import type { Hash } from '../transport/platform.ts';

const blockBytes = 64;
const rounds = 64;

/** Every index below is inside its array. */
const at = (words: Int32Array, index: number) => words[index] as number;
const rotate = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

/** The first 32 bits of the fractions of the roots of the first primes (FIPS 180-4, sections 4.2.2 and 5.3.3). */
function rootFractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let divisor = 2;
    while (candidate % divisor !== 0) divisor++;
    if (divisor === candidate) words[found++] = (root(candidate) % 1) * 2 ** 32;
  }
  return words;
}

const roundConstants = rootFractions(rounds, Math.cbrt);

/** Message schedule of the current block. Compressing is synchronous, so all digests share it. */
const schedule = new Int32Array(rounds);

/** Adds one block to the state (section 6.2.2). */
function compress(state: Int32Array, block: DataView, offset: number): void {
  for (let t = 0; t < 16; t++) schedule[t] = block.getInt32(offset + t * 4);
  for (let t = 16; t < rounds; t++) {
    const early = at(schedule, t - 15);
    const late = at(schedule, t - 2);
    const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[t] = sigma1 + at(schedule, t - 7) + sigma0 + at(schedule, t - 16);
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let t = 0; t < rounds; t++) {
    const choice = (e & f) ^ (~e & g);
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + sum1 + choice + at(roundConstants, t) + at(schedule, t)) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

/** SHA-256 (FIPS 180-4) for browsers, whose own digest is not incremental. */
export function createSha256(): Hash {
  const state = rootFractions(8, Math.sqrt);
  const rest = new Uint8Array(blockBytes);
  const restView = new DataView(rest.buffer);
  let restBytes = 0;
  let totalBytes = 0;

  const update = (bytes: Uint8Array) => {
    totalBytes += bytes.length;
    let offset = 0;
    if (restBytes > 0) {
      const piece = bytes.subarray(0, blockBytes - restBytes);
      rest.set(piece, restBytes);
      restBytes += piece.length;
      offset = piece.length;
      if (restBytes < blockBytes) return;
      compress(state, restView, 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; offset + blockBytes <= bytes.length; offset += blockBytes) compress(state, view, offset);
    rest.set(bytes.subarray(offset));
    restBytes = bytes.length - offset;
  };

  return {
    update,
    digest() {
      // A one, zeros, and the length in bits fill the last block (section 5.1.1).
      const zeros = (2 * blockBytes - 9 - restBytes) % blockBytes;
      const padding = new DataView(new ArrayBuffer(1 + zeros + 8));
      padding.setUint8(0, 0x80);
      padding.setBigUint64(1 + zeros, BigInt(totalBytes) * 8n);
      update(new Uint8Array(padding.buffer));
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
}
