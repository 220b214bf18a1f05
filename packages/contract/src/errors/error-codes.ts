import { typesOfCategory } from '../vocabulary.ts';

/** One error code: its HTTP status, and the two sentences that the documentation has for it. */
interface ErrorEntry {
  readonly status: number;
  /** When the server answers with this code. */
  readonly meaning: string;
  /** The client's next step. */
  readonly remedy: string;
  /** For faults of the service: the message that clients get in place of the real one, which goes to the log. */
  readonly publicMessage?: string;
}

const categoryTypes = Object.entries(typesOfCategory)
  .map(([category, kinds]) => `\`${category}\` takes ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`)
  .join(', ');

const table = {
  'common/authentication-required': {
    status: 401,
    meaning: 'The endpoint needs a user, and the request has a publishable key and no access token.',
    remedy: 'Sign the user in and send `Authorization: Bearer …`.',
  },
  'auth/invalid-access-token': {
    status: 401,
    meaning:
      'The access token is malformed, has a wrong signature, `iss`, `aud` or `environment`, no `exp`, or is not valid yet. `details.reason` says which.',
    remedy: 'Get a new access token; if that one is refused too, compare its claims with `details.reason`.',
  },
  'auth/access-token-expired': {
    status: 401,
    meaning: 'The access token ended, more than 30 s ago.',
    remedy: 'Refresh the token and send the request again.',
  },
  'auth/invalid-api-key': {
    status: 401,
    meaning: '`X-API-Key` is missing, malformed or unknown.',
    remedy: 'Send a key of this installation: `pk_` or `sk_` and 64 hex digits.',
  },
  'auth/api-key-expired': {
    status: 401,
    meaning: 'The API key ended at the time set when it was created.',
    remedy: 'Use a new key.',
  },
  'auth/api-key-revoked': {
    status: 401,
    meaning: 'The API key was revoked.',
    remedy: 'Use a new key.',
  },
  'auth/scope-insufficient': {
    status: 403,
    meaning: 'The scopes of the API key do not include this operation.',
    remedy: 'Use a key with the scope that the message names.',
  },

  'environment/deleting': {
    status: 409,
    meaning: 'The environment is being deleted, with its files and keys.',
    remedy: 'Use the key of another environment.',
  },

  'common/invalid-parameters': {
    status: 400,
    meaning:
      'A body, query or path field is missing or wrong, or the request is malformed. `details.issues` names up to 20 fields as `{field, message}`, `details.moreIssues` counts the others.',
    remedy: 'Correct the fields named in `details.issues`.',
  },
  'common/not-found': {
    status: 404,
    meaning: 'There is no such route.',
    remedy: 'Check the path.',
  },
  'common/method-not-allowed': {
    status: 405,
    meaning: 'The path exists, but not with this method. `Allow` and `details.allow` list the methods.',
    remedy: 'Use one of the listed methods.',
  },
  'common/payload-too-large': {
    status: 413,
    meaning: 'The JSON body, or the request headers, are over the limit.',
    remedy: 'Send less; file bytes go to the presigned URL.',
  },
  'common/unsupported-media-type': {
    status: 415,
    meaning: 'The body is not `application/json`, or has a `Content-Encoding`.',
    remedy: 'Send uncompressed JSON with `Content-Type: application/json`.',
  },
  'common/too-many-requests': {
    status: 429,
    meaning:
      'The caller, or its address, is over the rate limit; `X-RateLimit-Limit` and `X-RateLimit-Remaining` show it.',
    remedy: 'Retry after the seconds in `Retry-After`.',
  },
  'common/internal-error': {
    status: 500,
    meaning: 'A fault of the service; the cause is in its log, under the request id.',
    remedy: 'Report the `requestId` to the operator. Retrying rarely helps.',
    publicMessage: 'Something went wrong on our side.',
  },
  'common/unavailable': {
    status: 503,
    meaning: 'The database or the object store does not answer, or the service is at its capacity.',
    remedy: 'Retry after the seconds in `Retry-After`, with back-off.',
    publicMessage: 'The service cannot answer now; try again soon.',
  },

  'file/not-found': {
    status: 404,
    meaning: 'There is no such file in the tenant of the API key.',
    remedy: 'Remove the file from your own lists.',
  },
  'file/version-not-found': {
    status: 404,
    meaning:
      'The file has no such version: it was deleted, restored, or removed by `versions.keep` or `versions.days`.',
    remedy: 'List the versions of the file.',
  },
  'file/operation-not-found': {
    status: 404,
    meaning: 'There is no such operation, it ended more than 7 days ago, or another caller started it.',
    remedy: 'List the files to see what is left to do.',
  },
  'file/version-conflict': {
    status: 412,
    meaning:
      '`If-Match` names another ETag than the file has: its contents were replaced meanwhile. `details` has `etag` and `version` of the file.',
    remedy: 'Read the file, decide again, and send its ETag.',
  },
  'file/access-denied': {
    status: 403,
    meaning: 'The file or upload exists, but this caller may not do this with it.',
    remedy: 'Sign in as its owner, or ask the owner to share it.',
  },
  'file/invalid-name': {
    status: 400,
    meaning:
      'The name is empty, `.` or `..`, or has `/`, `\\`, control characters or characters that reverse the direction of text.',
    remedy: 'Rename the file.',
  },
  'file/invalid-folder': {
    status: 400,
    meaning:
      'The folder is not a path of names such as `trips/2026`: a name in it is empty or no name of a file, or it is over 512 bytes in UTF-8 or 32 names deep.',
    remedy: 'Correct the path: no slash in front or behind, names as of files between.',
  },
  'file/original-name-too-long': {
    status: 400,
    meaning: 'The name is over `BKEND_MAX_NAME_BYTES` in UTF-8.',
    remedy: 'Shorten the name.',
  },
  'file/mime-type-too-long': {
    status: 400,
    meaning: 'The MIME type is over `BKEND_MAX_MIME_TYPE_BYTES`.',
    remedy: 'Send the type without parameters.',
  },
  'file/s3-key-too-long': {
    status: 400,
    meaning: 'The key is over `BKEND_MAX_KEY_BYTES`.',
    remedy: 'Send the `key` of the presign answer unchanged.',
  },
  'file/file-too-large': {
    status: 400,
    meaning: 'The announced size, or the bytes in storage, are over the limit for one PUT or for one file.',
    remedy: 'Upload in parts where the limit is that of one PUT; else the file cannot be stored here.',
  },
  'file/file-too-small': {
    status: 400,
    meaning: 'The size is below the smallest allowed; 0 bytes by default.',
    remedy: 'Do not upload empty files.',
  },
  'file/policy-violation': {
    status: 400,
    meaning:
      'The environment does not take this type, size or visibility. `details.rule` names the setting, such as `uploads.allowedTypes`, and the other details say what it allows.',
    remedy: 'Choose another file or visibility, or have an admin change the setting.',
  },
  'file/quota-exceeded': {
    status: 403,
    meaning:
      'The quota of the owner or of the environment leaves no room. `details` has the setting as `quota`, and its `limit`, `used` and `asked`; when a URL is asked for, `used` includes open uploads.',
    remedy: 'Delete files for good, or have an admin raise the quota.',
  },
  'file/size-negative': {
    status: 400,
    meaning: 'The size is below 0.',
    remedy: 'Send the number of bytes.',
  },
  'file/invalid-format': {
    status: 400,
    meaning: `The text is not a MIME type, or the category does not take this type: ${categoryTypes}. On the images host: the file is not an image that can be decoded; \`details.reason\` is \`unknown-format\`, \`wrong-type\` or \`damaged\`.`,
    remedy: 'Correct the type, or choose another category.',
  },
  'file/unsupported-image': {
    status: 415,
    meaning:
      'On the images host: the format of the file is known, and not read by this server. `details.format` names it.',
    remedy: 'Store the image in a format that is read, or request the original.',
  },
  'file/invalid-path': {
    status: 400,
    meaning: 'The server never issued this key.',
    remedy: 'Send the `key` of the presign answer unchanged.',
  },
  'file/too-many-open-uploads': {
    status: 429,
    meaning:
      'The owner has more open uploads, or more announced bytes in them, than the environment allows; `details.uploads` and `details.bytes` have `limit`, `used` and `asked`.',
    remedy: 'Register or abort open uploads, or retry after the seconds in `Retry-After`.',
  },
  'file/upload-not-found': {
    status: 404,
    meaning: 'The upload expired, was aborted, or never existed.',
    remedy: 'Begin a new upload.',
  },
  'file/upload-incomplete': {
    status: 409,
    meaning: 'The bytes are not in storage yet.',
    remedy: 'Finish the PUT, then register again.',
  },
  'file/size-mismatch': {
    status: 400,
    meaning: '`size` differs from the bytes in storage; `details` has both.',
    remedy: 'Register with the real size, or upload again.',
  },
  'file/content-mismatch': {
    status: 400,
    meaning: 'The bytes are of another kind than announced; `details` has both types.',
    remedy: 'Upload again, with the type that the bytes have.',
  },
  'file/scan-pending': {
    status: 409,
    meaning: 'A scanner has not looked at the bytes yet; only owner and admins see the file until then.',
    remedy: 'Ask again after the seconds in `Retry-After`.',
  },
  'file/content-refused': {
    status: 422,
    meaning:
      'A scanner refused the bytes, and they were removed. `details.reason` has its words; the file’s id answers so for 7 days.',
    remedy: 'Do not upload these bytes again.',
  },
  'file/s3-key-already-exists': {
    status: 409,
    meaning: 'The upload was registered already. Its owner finds the file’s id in `details.fileId`.',
    remedy: 'Take this as success when `details.fileId` is there.',
  },
  'file/total-changed': {
    status: 409,
    meaning:
      'The filter of a bulk call takes another number of files than `expectedTotal`; nothing was done. `details` has both numbers.',
    remedy: 'List the files again, and repeat the call with their number if it is still wanted.',
  },
  'file/invalid-part-number-range': {
    status: 400,
    meaning: 'A part number is not between 1 and 10,000.',
    remedy: 'Number parts from 1.',
  },
  'file/invalid-parts-array': {
    status: 400,
    meaning: 'The list of parts is empty, unsorted or has duplicates, or storage refused one of them.',
    remedy: 'List the parts that have arrived and complete with those.',
  },
  'file/upload-init-failed': {
    status: 500,
    meaning: 'The object store refused to begin the multipart upload.',
    remedy: 'Report the `requestId` to the operator.',
    publicMessage: 'Storage refused to begin the upload.',
  },
  'file/bucket-not-configured': {
    status: 500,
    meaning: 'The bucket does not exist, or the service may not use it.',
    remedy: 'Report the `requestId` to the operator.',
    publicMessage: 'Storage is not set up: there is no bucket that can be used.',
  },

  'user/forbidden': {
    status: 403,
    meaning: 'It belongs to another user, or is for admins only.',
    remedy: 'Ask an admin.',
  },

  'webhook/address-refused': {
    status: 400,
    meaning:
      'The address of a webhook is not a public http or https address, or resolves to one that is not.',
    remedy: 'Name a public address; an operator may allow others by `BKEND_WEBHOOK_ALLOW_PRIVATE`.',
  },
  'webhook/not-found': {
    status: 404,
    meaning: 'There is no such webhook in this environment.',
    remedy: 'List the webhooks.',
  },
  'webhook/delivery-not-found': {
    status: 404,
    meaning: 'The webhook has no such delivery, or not any more.',
    remedy: 'List its deliveries.',
  },
  'webhook/too-many': {
    status: 409,
    meaning: 'The environment has as many webhooks as there may be; `details.limit` is their number.',
    remedy: 'Delete one.',
  },
} satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;

/**
 * Every error code that a client can meet. Codes are stable: a client may compare them, and none is ever renamed.
 * `docs/errors.md` is generated from this table.
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorEntry>> = table;
