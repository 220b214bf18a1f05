/**
 * The query parameters that authenticate a presigned URL. Their names are case-sensitive.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const queryParameters = {
  algorithm: 'X-Amz-Algorithm',
  credential: 'X-Amz-Credential',
  date: 'X-Amz-Date',
  expires: 'X-Amz-Expires',
  signedHeaders: 'X-Amz-SignedHeaders',
  signature: 'X-Amz-Signature',
  securityToken: 'X-Amz-Security-Token',
} as const;

/** The shortest life of a presigned URL. */
export const minExpiresInSeconds = 1;

/** The longest life of a presigned URL, and of the key that signs it: seven days. */
export const maxExpiresInSeconds = 604_800;
