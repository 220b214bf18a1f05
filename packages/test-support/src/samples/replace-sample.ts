import { randomUUID } from 'node:crypto';
import type { File } from '../../../server/src/files/file.ts';
import { contentsKeyOf, copyKeyOf } from '../../../server/src/uploads/file-key.ts';
import type { Replacement, UploadRepository } from '../../../server/src/uploads/ports.ts';
import { admin, later, newId, newUpload } from './samples.ts';

export interface SampleReplacement extends Partial<Pick<Replacement, 'sizeBytes' | 'keep' | 'at'>> {
  /** Begun while the replacement holds the lock of the file. */
  readonly whileLocked?: () => Promise<void>;
}

/** Gives a file new contents, as the API does: an upload, a claim, and the replacement. */
export async function replaceSample(
  uploads: Pick<UploadRepository, 'insert' | 'claim' | 'replaceContents'>,
  file: File,
  { sizeBytes = 1_000, keep = 10, at = later(60), whileLocked }: SampleReplacement = {},
): Promise<File> {
  const key = contentsKeyOf(file.key, newId());
  const upload = newUpload(file.tenant, { key, sizeBytes, createdAt: later(-60, at) });
  await uploads.insert(upload);
  const attempt = randomUUID();
  const claim = { tenant: file.tenant, key, attempt, at, leaseUntil: later(20, at) };
  const claimed = await uploads.claim(admin(file.tenant), claim);
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  const begun: Promise<void>[] = [];
  const replaced = await uploads.replaceContents(
    {
      ...{ upload, attempt, objectKey: copyKeyOf(key, attempt), mimeType: 'image/png', sizeBytes },
      ...{ etag: attempt, createdBy: 'alice', keep, at },
    },
    () => {
      if (whileLocked !== undefined) begun.push(whileLocked());
    },
  );
  await Promise.all(begun);
  if (replaced === undefined) throw new Error('The upload was lost.');
  return replaced;
}
