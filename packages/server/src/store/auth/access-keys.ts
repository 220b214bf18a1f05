import { accessKeyKey } from '../index/keys.ts';
import type { AccessKeyRecord } from '../index/records.ts';
import type { Table } from '../index/table.ts';

/** The key the service itself signs with. */
export interface ServiceCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the holder of an access key may do. */
export interface Grant {
  readonly secretAccessKey: string;
  readonly bucket?: string;
  readonly isReadOnly: boolean;
}

/** Undefined if there is no such key. */
export function findGrant(
  accessKeyId: string,
  service: ServiceCredentials,
  accessKeys: Table<AccessKeyRecord>,
): Grant | undefined {
  if (accessKeyId === service.accessKeyId) {
    return { secretAccessKey: service.secretAccessKey, isReadOnly: false };
  }
  if (!/^[A-Za-z0-9]{1,128}$/.test(accessKeyId)) return undefined;
  const record = accessKeys.get(accessKeyKey(accessKeyId));
  if (record === undefined) return undefined;
  const { secretAccessKey, bucket, readOnly } = record;
  return { secretAccessKey, isReadOnly: readOnly, ...(bucket !== undefined && { bucket }) };
}
