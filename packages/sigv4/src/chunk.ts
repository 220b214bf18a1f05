/**
 * Signatures inside an `aws-chunked` body: each one covers its chunk and the signature before it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { computeSignature } from './signature.ts';
import type { SigningContext } from './signing-context.ts';

/** What is needed to check the chunks of a request whose own signature has been checked. */
export interface ChunkSigning extends SigningContext {
  /** The signature of the request, which the first chunk continues from. */
  readonly seedSignature: string;
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The signature of one chunk, the empty last one included.
 *
 * @param chunkSha256Hex hash of the chunk's data, without its framing.
 * @returns lower-case hex, and the `previousSignature` of the next chunk or of the trailer.
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
 * The `x-amz-trailer-signature`.
 *
 * @param previousSignature that of the empty last chunk.
 * @param trailerSha256Hex hash of the canonical trailer: `name:value\n` for each trailing header but this one,
 *   names in lower case and ascending.
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
