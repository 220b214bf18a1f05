/** Encodes chunks of text as UTF-8; a surrogate pair may be cut between two chunks. */
export interface ChunkEncoder {
  encode(chunk: string): Uint8Array;
  /** Bytes that follow text, preceded by the half character that the text ended with. */
  before(bytes: Uint8Array): Uint8Array;
  /** Bytes of a half character at the end. */
  end(): Uint8Array;
}

/** The same as `TextEncoderStream` (Encoding Standard, section 7.4), for chunks that may also be bytes. */
export function createTextEncoder(): ChunkEncoder {
  const encoder = new TextEncoder();
  /** First half of a surrogate pair, kept until the next chunk may bring the second. */
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
