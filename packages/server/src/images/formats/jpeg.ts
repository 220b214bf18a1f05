/** Facts about the bytes of a JPEG (ITU-T T.81), which cost far less than opening it. */

const startOfScan = Buffer.from([0xff, 0xda]);
/** libvips reads at most this number of scans. */
const maxScans = 100;

/**
 * The scans of a JPEG. Within a scan, a byte of 0xFF is followed by 0 (ITU-T T.81, section B.1.1.5): markers found elsewhere raise
 * the count, never lower it.
 */
export function countScans(bytes: Buffer): number {
  let scans = 0;
  for (let at = bytes.indexOf(startOfScan); at >= 0 && scans < maxScans; scans++) {
    at = bytes.indexOf(startOfScan, at + startOfScan.length);
  }
  return Math.max(1, scans);
}

/** SOF9 to SOF15 without DHP; the other frame headers stand for Huffman coding (ITU-T T.81, table B.1). */
const arithmeticFrames = new Set([0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const huffmanFrames = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7]);
/** TEM, RST0 to RST7 and SOI: markers without a segment. */
const hasNoSegment = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** The markers up to the first scan, as libjpeg finds them: bytes between segments are skipped. `at` is the offset behind the marker. */
function* markersOf(bytes: Buffer): Generator<{ readonly marker: number; readonly at: number }> {
  let at = 2;
  while (at < bytes.length) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++] ?? 0;
    yield { marker, at };
    if (marker === 0xd9 || marker === 0xda || at + 2 > bytes.length) return;
    if (marker !== 0 && !hasNoSegment(marker)) at += bytes.readUInt16BE(at);
  }
}

/** Whether a JPEG has arithmetic coding. */
export function isArithmeticJpeg(bytes: Buffer): boolean {
  for (const { marker } of markersOf(bytes)) {
    if (arithmeticFrames.has(marker)) return true;
    if (huffmanFrames.has(marker)) return false;
  }
  return false;
}

const endOfImage = Buffer.from([0xff, 0xd9]);

/** Whether a JPEG has its end mark (EOI). A thumbnail in a segment before the first scan has one of its own, which does not count. */
export function hasEndMark(bytes: Buffer): boolean {
  for (const { marker, at } of markersOf(bytes)) {
    if (marker === 0xda) return bytes.indexOf(endOfImage, at) >= 0;
  }
  return true;
}

/** The same JPEG with an end mark behind its last byte. */
export function withEndMark(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, endOfImage]);
}
