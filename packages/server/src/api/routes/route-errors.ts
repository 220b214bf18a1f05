/** Error codes that several routes document; a route's `config.errors` has these and its own. */

/** A file that is not there for the caller, belongs to another owner, or was refused by a scanner. */
export const fileErrors = ['file/access-denied', 'file/not-found', 'file/content-refused'] as const;

/** {@link fileErrors}, and an ETag that the file no longer has. */
export const changeErrors = [...fileErrors, 'file/version-conflict'] as const;

/** A wrong type or size, or one that the environment's policy does not allow. */
export const typeAndSizeErrors = [
  'file/mime-type-too-long',
  'file/invalid-format',
  'file/size-negative',
  'file/file-too-small',
  'file/file-too-large',
  'file/policy-violation',
] as const;

/** A wrong name, folder, type or size. */
export const planErrors = [
  'file/invalid-name',
  'file/original-name-too-long',
  'file/invalid-folder',
  ...typeAndSizeErrors,
] as const;

/** {@link planErrors}, and open uploads beyond the owner's budget or a quota. */
export const openErrors = [...planErrors, 'file/too-many-open-uploads', 'file/quota-exceeded'] as const;

/** Bytes that are taken from an upload. */
export const takeErrors = [
  'file/s3-key-too-long',
  'file/invalid-path',
  'file/size-mismatch',
  'file/content-mismatch',
  'file/upload-not-found',
  'file/upload-incomplete',
  'file/quota-exceeded',
  'file/bucket-not-configured',
] as const;
