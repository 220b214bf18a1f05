import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import { deleteObject, headObject, putObject } from './objects.ts';

/** What of a copy's answer can be relied on. */
export interface CopyManners {
  /** A copy whose condition on the source's ETag does not hold is refused. */
  readonly honoursConditions: boolean;
  /** The ETag in the answer is the one that the copy has. */
  readonly answersItsEtag: boolean;
  /** The answer also says how large the copy is, and a copy is made only where nothing is when that is asked: ours alone. */
  readonly answersItsSize?: boolean;
}

/** Of a store about which nothing is known. */
export const noManners: CopyManners = { honoursConditions: false, answersItsEtag: false };

/** Of the embedded store. */
export const ourManners: CopyManners = {
  honoursConditions: true,
  answersItsEtag: true,
  answersItsSize: true,
};

/**
 * Finds out how this store copies, with a small object of its own below `_bkend/`, which is removed afterwards.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function probeCopies(connection: Connection): Promise<CopyManners> {
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
