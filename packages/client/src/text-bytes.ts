/** Text that comes in chunks, as UTF-8: a character may be cut in two between them. */
export interface TextBytes {
  encode(chunk: string): Uint8Array;
  /** Of bytes that come after text: with what that text left unfinished. */
  before(bytes: Uint8Array): Uint8Array;
  /** What is left at the end. */
  end(): Uint8Array;
}

/** The same as `TextEncoderStream` (Encoding Standard, section 7.4), for chunks that may also be bytes. */
export function createTextBytes(): TextBytes {
  const encoder = new TextEncoder();
  /** The first half of a surrogate pair whose second half may come; it is no character by itself. */
  let half = '';
  const end = () => {
    const bytes = encoder.encode(half);
    half = '';
    return bytes;
  };
  return {
    encode(chunk) {
      const text = half + chunk;
      half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
      return encoder.encode(text.slice(0, text.length - half.length));
    },
    before(bytes) {
      if (!half) return bytes;
      const unfinished = end();
      const joined = new Uint8Array(unfinished.length + bytes.length);
      joined.set(unfinished);
      joined.set(bytes, unfinished.length);
      return joined;
    },
    end,
  };
}
