/**
 * Signatures inside an `aws-chunked` body: each covers its chunk and the signature before it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { computeSignature, type SigningContext } from '../signing-key.ts';

/** Key and seed for the chunk signatures of a request whose own signature has been verified. */
export interface ChunkSigning extends SigningContext {
  /** The signature of the request, which the first chunk continues from. */
  readonly seedSignature: string;
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Computes the signature of one chunk, the empty last one included.
 *
 * @param previousSignature signature of the chunk before; for the first chunk, the seed signature.
 * @param chunkSha256Hex lower-case hex SHA-256 of the chunk's data, without its framing.
 * @returns lower-case hex; it is the `previousSignature` of the next chunk or of the trailer.
 */
export function chunkSignature(
  context: SigningContext,
  previousSignature: string,
  chunkSha256Hex: string,
): string {
  const { signingKey, timestamp, scope } = context;
  return computeSignature(
    signingKey,
    `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${previousSignature}\n${emptySha256}\n${chunkSha256Hex}`,
  );
}

/**
 * Computes the `x-amz-trailer-signature`.
 *
 * @param previousSignature signature of the empty last chunk.
 * @param trailerSha256Hex lower-case hex SHA-256 of the canonical trailer: `name:value\n` for each trailing header
 *   except this one, names in lower case and ascending.
 * @returns lower-case hex.
 */
export function trailerSignature(
  context: SigningContext,
  previousSignature: string,
  trailerSha256Hex: string,
): string {
  const { signingKey, timestamp, scope } = context;
  return computeSignature(
    signingKey,
    `AWS4-HMAC-SHA256-TRAILER\n${timestamp}\n${scope}\n${previousSignature}\n${trailerSha256Hex}`,
  );
}
