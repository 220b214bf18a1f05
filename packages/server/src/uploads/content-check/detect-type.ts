import { fileTypeFromBuffer } from 'file-type';

/** Bytes at the beginning of a file that its type is detected by: as many as `file-type` asks for. */
export const detectionBytes = 4_100;

/** Fewer characters than these may be anything. */
const fewestTextBytes = 4;
/** Tabs, line ends, form feeds and the escapes of terminals. */
const controlsOfText: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

/**
 * Whether bytes are text: UTF-8 without control characters, or UTF-16 with a byte order mark. Older encodings are not recognised.
 * @param bytes the beginning of a file; its last character may be cut
 */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.length < fewestTextBytes) return false;
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isWide && bytes.some((byte) => (byte < 0x20 && !controlsOfText.has(byte)) || byte === 0x7f))
    return false;
  const encoding = !isWide ? 'utf-8' : first === 0xff ? 'utf-16le' : 'utf-16be';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    return !isWide || !/[\u0000-\u0008\u000e-\u001a]/.test(text);
  } catch {
    return false;
  }
}

/**
 * The type whose signature bytes begin with. Signatures of two bytes are believed only where more of the format confirms them.
 * @param bytes the beginning of a file
 * @returns a type in lower case without parameters; undefined when the signature is not known
 */
export async function detectType(bytes: Uint8Array): Promise<string | undefined> {
  // All kinds of zip are equivalent, and telling them apart would inflate their parts.
  if (startsWith(bytes, 'PK\u0003\u0004')) return 'application/zip';
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  const type = found?.mime.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && (confirmations[type]?.(bytes) ?? true)) return type;
  // PDF readers accept 1,024 bytes in front of the header (ISO 32000-1, annex H).
  return Buffer.from(bytes.subarray(0, 1_024)).includes('%PDF-') ? 'application/pdf' : undefined;
}

const never = () => false;

/** Signatures of at most two bytes that are not 0, and what confirms them. */
const confirmations: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  // Reserved bytes are 0 (BITMAPFILEHEADER).
  'image/bmp': (bytes) => bytes.length >= 14 && bytes.subarray(6, 10).every((byte) => byte === 0),
  // At least one image, whose directory entry has a reserved byte.
  'image/x-icon': (bytes) => bytes.length >= 22 && bytes[4] !== 0 && bytes[5] === 0 && bytes[9] === 0,
  // The header of the portable executable is where the stub says.
  'application/x-msdownload': (bytes) => {
    const stub = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return stub.length >= 0x40 && startsWith(bytes.subarray(stub.readUInt32LE(0x3c)), 'PE\0\0');
  },
  'audio/mpeg': (bytes) => startsWith(bytes, 'ID3'),
  'audio/aac': (bytes) => startsWith(bytes, 'ID3'),
  // Packets of 188 bytes.
  'video/mp2t': (bytes) =>
    [188, 376, 564].every((offset) => bytes[offset] === 0x47 || bytes[offset + 4] === 0x47),
  'image/jxl': (bytes) => bytes[0] === 0,
  'audio/vnd.dolby.dd-raw': never,
  'application/x-apple-diskimage': never,
  'application/x-arj': never,
  'application/x-compress': never,
  'application/x-cpio': never,
};

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).equals(Buffer.from(text, 'latin1'));
}
