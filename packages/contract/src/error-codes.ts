/**
 * Every error code a client can meet, with the HTTP status it travels under.
 * Codes are stable: a client may compare them, and none is ever renamed.
 */
export const errorStatus = {
  'common/authentication-required': 401,
  'auth/invalid-access-token': 401,
  'auth/access-token-expired': 401,
  'auth/invalid-api-key': 401,
  'auth/api-key-expired': 401,
  'auth/api-key-revoked': 401,
  'auth/scope-insufficient': 403,

  'common/invalid-parameters': 400,
  'common/not-found': 404,
  'common/method-not-allowed': 405,
  'common/payload-too-large': 413,
  'common/unsupported-media-type': 415,
  'common/too-many-requests': 429,
  'common/internal-error': 500,
  'common/unavailable': 503,

  'file/not-found': 404,
  'file/access-denied': 403,
  'file/invalid-name': 400,
  'file/original-name-too-long': 400,
  'file/mime-type-too-long': 400,
  'file/s3-key-too-long': 400,
  'file/file-too-large': 400,
  'file/file-too-small': 400,
  'file/size-negative': 400,
  'file/invalid-format': 400,
  'file/invalid-path': 400,
  'file/too-many-open-uploads': 429,
  'file/upload-not-found': 404,
  'file/upload-incomplete': 409,
  'file/size-mismatch': 400,
  'file/s3-key-already-exists': 409,
  'file/invalid-part-number-range': 400,
  'file/invalid-parts-array': 400,
  'file/upload-init-failed': 500,
  'file/bucket-not-configured': 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;
