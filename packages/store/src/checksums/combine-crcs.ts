import type { ChecksumAlgorithm } from '../index/records.ts';

/** Polynomials with their bits reversed, without the highest term. */
const polynomials: Partial<Record<ChecksumAlgorithm, { readonly bits: number; readonly reflected: bigint }>> =
  {
    CRC32: { bits: 32, reflected: 0xedb88320n },
    CRC32C: { bits: 32, reflected: 0x82f63b78n },
    CRC64NVME: { bits: 64, reflected: 0x9a6c9329ac4bc9b5n },
  };

/**
 * The CRC of bytes put one after the other, from the CRCs of the pieces: appending n bytes multiplies what was there by
 * x^8n, modulo the polynomial. The inversions at both ends of these CRCs cancel out.
 *
 * @param crcs most significant byte first
 * @throws RangeError for an algorithm that is no CRC
 */
export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  crcs: readonly { readonly crc: Buffer; readonly sizeBytes: number }[],
): Buffer {
  const field = polynomials[algorithm];
  if (field === undefined) throw new RangeError(`${algorithm} cannot be combined`);
  const { bits, reflected } = field;
  const one = 1n << BigInt(bits - 1);

  // Coefficients are in reverse: the highest bit is that of x^0.
  const timesX = (a: bigint): bigint => (a & 1n ? (a >> 1n) ^ reflected : a >> 1n);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let shifted = b;
    for (let bit = one; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = timesX(shifted);
    }
    return product;
  };
  const shiftBytes = (sizeBytes: number): bigint => {
    let power = one;
    let square = one >> 8n;
    for (let rest = BigInt(sizeBytes); rest > 0n; rest >>= 1n) {
      if (rest & 1n) power = multiply(power, square);
      square = multiply(square, square);
    }
    return power;
  };
  // Parts are mostly of one size.
  const shifts = new Map<number, bigint>();
  let combined = 0n;
  for (const { crc, sizeBytes } of crcs) {
    const shift = shifts.get(sizeBytes) ?? shiftBytes(sizeBytes);
    shifts.set(sizeBytes, shift);
    combined = multiply(combined, shift) ^ BigInt(`0x${crc.toString('hex')}`);
  }
  return Buffer.from(combined.toString(16).padStart(bits / 4, '0'), 'hex');
}
