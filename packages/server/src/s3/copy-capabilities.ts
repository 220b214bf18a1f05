import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import { deleteObject, headObject, putObject } from './objects.ts';

/** Parts of a copy's answer that the store is known to give correctly. */
export interface CopyCapabilities {
  /** A copy whose condition on the source's ETag fails is refused. */
  readonly honoursConditions: boolean;
  /** The ETag in the answer is that of the copy. */
  readonly answersItsEtag: boolean;
  /** Many objects are copied by one request, and answered with their sizes: the embedded store alone. */
  readonly copiesTogether?: boolean;
}

/** Capabilities of an unknown store. */
export const noCapabilities: CopyCapabilities = { honoursConditions: false, answersItsEtag: false };

/** Capabilities of the embedded store. */
export const embeddedCapabilities: CopyCapabilities = {
  honoursConditions: true,
  answersItsEtag: true,
  copiesTogether: true,
};

/**
 * Probes how this store copies, with a small object below `_bkend/`, which is removed afterwards.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function probeCopies(connection: Connection): Promise<CopyCapabilities> {
  const from = `_bkend/probe/${randomUUID()}`;
  const to = `${from}~copy`;
  try {
    await putObject(connection, { key: from, contentType: 'text/plain', body: 'probe' });
    const refused = await copyOnCondition(connection, { from, to, etag: '0'.repeat(32) });
    const source = await headObject(connection, from);
    const answered = await copyOnCondition(connection, { from, to, etag: source?.etag ?? '' });
    const copy = await headObject(connection, to);
    return {
      honoursConditions: refused === 'refused' && answered !== 'refused',
      answersItsEtag: copy !== undefined && copy.etag === answered,
    };
  } finally {
    await Promise.allSettled([deleteObject(connection, from), deleteObject(connection, to)]);
  }
}

async function copyOnCondition(
  connection: Connection,
  { from, to, etag }: { readonly from: string; readonly to: string; readonly etag: string },
): Promise<string | undefined> {
  return connection.ask(
    async (s3, Bucket) => {
      const condition = { CopySourceIfMatch: `"${etag}"` };
      const copy = { Bucket, Key: to, CopySource: `${Bucket}/${from}`, ...condition };
      const { CopyObjectResult } = await s3.copyObject(copy);
      return CopyObjectResult?.ETag?.replaceAll('"', '');
    },
    { PreconditionFailed: () => 'refused' },
  );
}
