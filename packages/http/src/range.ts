/** Bytes of a representation, the last included. */
interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** The header fields that ask for a range. */
export interface RangeFields {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** The representation that a range is asked of. */
export interface RangedRepresentation {
  /** With its quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970; absent where no date is compared. */
  readonly modifiedAt?: number;
}

/**
 * Reads `Range`, and `If-Range` beside it: another version's tag or date asks for the whole (RFC 9110, sections 13.1.5 and 14.2).
 * @returns undefined for the whole
 */
export function requestedRange(
  { range, ifRange }: RangeFields,
  representation: RangedRepresentation,
): ByteRange | 'unsatisfiable' | undefined {
  if (range === undefined) return undefined;
  if (ifRange !== undefined && !isSame(ifRange, representation)) return undefined;
  return parseRange(range, representation.sizeBytes);
}

/** Whether `If-Range` names this representation: exactly its tag, or the second of its last change. */
function isSame(ifRange: string, { etag, modifiedAt }: RangedRepresentation): boolean {
  if (ifRange === etag) return true;
  if (modifiedAt === undefined || ifRange.includes('"')) return false;
  return Date.parse(ifRange) === Math.floor(modifiedAt / 1000) * 1000;
}

/**
 * Parses a single byte range (RFC 9110, section 14.1.2); names of units have no letter case (section 14.1). Zero bytes have no
 * range that `Content-Range` could state: none of them is satisfiable.
 * @returns undefined, which means the whole, for several ranges, another unit or a malformed one, as section 14.2 allows
 */
export function parseRange(header: string, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header);
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '') {
    if (to === '') return undefined;
    const suffixBytes = Number(to);
    if (suffixBytes === 0 || sizeBytes === 0) return 'unsatisfiable';
    return { first: Math.max(0, sizeBytes - suffixBytes), last: sizeBytes - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined;
  if (first >= sizeBytes) return 'unsatisfiable';
  return { first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
