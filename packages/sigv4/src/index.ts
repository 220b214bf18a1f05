export { decodeUriComponentS3, encodePathS3, encodeUriComponentS3 } from './encode.ts';
export {
  type EncodedPair,
  parseRequestTarget,
  queryParameters,
  type RequestTarget,
} from './request-target.ts';
export type { OutgoingRequest } from './sign/outgoing-request.ts';
export type { Credentials, PresignInput, SignInput } from './sign/sign.ts';
export { createSigner, type Signer, type SignerOptions } from './sign/signer.ts';
export { SignatureError, type SignatureErrorCode, unsupportedMechanism } from './signature-error.ts';
export { type SigningContext, signaturesEqual } from './signing-key.ts';
export type { AmzDate } from './signing-time.ts';
export type { VerifyOptions } from './verify/authenticate.ts';
export { type ChunkSigning, chunkSignature, trailerSignature } from './verify/chunk-signature.ts';
export { type PostPolicyFields, verifyPostPolicy } from './verify/post-policy.ts';
export { type ReceivedRequest, type VerifiedRequest, verifyRequest } from './verify/verify-request.ts';
