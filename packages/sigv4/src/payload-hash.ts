import { SignatureError } from './signature-error.ts';

/** The body is not part of the signature. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** `aws-chunked` bodies whose every chunk is signed, without and with signed trailers. */
export const signedStreams: ReadonlySet<string> = new Set([
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
]);

const constants: ReadonlySet<string> = new Set([
  unsignedPayload,
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ...signedStreams,
]);

/**
 * Accepts what S3 accepts as `x-amz-content-sha256`.
 *
 * @returns `value` itself.
 * @throws SignatureError `InvalidArgument` for anything else, the ECDSA streams of SigV4A among it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function checkPayloadHash(value: string): string {
  if (constants.has(value) || /^[0-9a-f]{64}$/.test(value)) return value;
  const message = `x-amz-content-sha256 must be ${[...constants].join(', ')} or a valid sha256 value.`;
  throw new SignatureError('InvalidArgument', message, {
    ArgumentName: 'x-amz-content-sha256',
    ArgumentValue: value,
  });
}
