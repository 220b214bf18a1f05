import { authorise } from '../auth/authenticate.ts';
import { S3Error } from '../errors/s3-error.ts';
import { checkBucketCharacters, checkKeyLength } from '../http/s3-target.ts';
import type { ObjectRecord } from '../index/records.ts';
import { getObject } from '../objects/get-object.ts';
import type { ObjectAddress } from '../objects/put-object.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import type { S3Request } from './operation.ts';
import { isNotModified, readConditions } from './read-conditions.ts';

export interface CopySource {
  readonly address: ObjectAddress;
  readonly record: ObjectRecord;
  /** Holds the request's conditions on its source against a version of it. @throws S3Error `PreconditionFailed` */
  readonly assertConditions: (source: ObjectRecord) => void;
}

/**
 * Finds the object a copy is made from, if the caller may read it and the conditions on it hold.
 *
 * @throws S3Error `InvalidArgument`, `InvalidBucketName`, `KeyTooLongError`, `AccessDenied`, `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `PreconditionFailed`
 */
export function getCopySource(store: StoreDeps, request: S3Request): CopySource {
  const address = parseCopySource(request.header('x-amz-copy-source') ?? '');
  authorise(request.caller, 'read', address.bucket);
  const record = getObject(store, address);
  const conditions = readConditions(request, 'x-amz-copy-source-');
  const assertConditions = (source: ObjectRecord) => {
    if (isNotModified(conditions, source)) throw new S3Error('PreconditionFailed');
  };
  assertConditions(record);
  return { address, record, assertConditions };
}

/** `[/]bucket/key[?versionId=null]`, percent-encoded as UTF-8; Node gives header bytes as Latin-1. */
function parseCopySource(header: string): ObjectAddress {
  const [path = '', version] = header.split('?versionId=');
  if (version !== undefined && version !== 'null') throw new S3Error('NoSuchVersion');
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decode(path)) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      {
        ArgumentName: 'x-amz-copy-source',
        ArgumentValue: header,
      },
    );
  }
  checkBucketCharacters(bucket);
  checkKeyLength(key);
  return { bucket, key };
}

/** A malformed encoding names no key, least of all one that exists. */
function decode(path: string): string {
  const bytes = path.replace(/%([0-9A-Fa-f]{2})?/g, (_, hex: string | undefined) => {
    if (hex === undefined) throw invalidEncoding(path);
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw invalidEncoding(path);
  }
}

function invalidEncoding(path: string): S3Error {
  return new S3Error('InvalidArgument', 'Invalid copy source encoding', {
    ArgumentName: 'x-amz-copy-source',
    ArgumentValue: path,
  });
}
