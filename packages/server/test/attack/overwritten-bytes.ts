import type { FileView } from '@bkend/storage-contract';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { openBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import type { RunningService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

/** Bytes that must never reach another visitor. */
export const poison = 'POISONED';

const script = `<script>${poison}</script>`;
const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${script.length}\r\n\r\n${script}`;

/** Bytes that are stored instead of the registered ones. */
export const replacements = {
  'longer by many answers': (registered: Buffer) => Buffer.from(registered + answer.repeat(3_000)),
  'longer by one answer': (registered: Buffer) => Buffer.from(registered + answer),
  shorter: (registered: Buffer) => registered.subarray(0, registered.length / 2),
  'as long': (registered: Buffer) => Buffer.alloc(registered.length, answer),
} as const;

export type Replacement = keyof typeof replacements;

/**
 * A public image whose stored bytes are not those on record. No client of the API can do this: the object is written with the
 * store's own credentials, as an operator's mistake or a broken store would.
 * @param sizeBytes of the registered bytes
 */
export async function overwrite(
  service: RunningService,
  { replacement, sizeBytes = 262_144 }: { replacement: Replacement; sizeBytes?: number },
): Promise<FileView> {
  const alice = await (await createTenant(service)).user('alice');
  // Bytes without a known signature: an environment that checks contents refuses text as an image.
  const registered = Buffer.alloc(sizeBytes, '\0A');
  const file = await uploadFile(alice, {
    bytes: new Uint8Array(registered),
    originalName: 'a.jpg',
    mimeType: 'image/jpeg',
    visibility: 'public',
  });
  await using bucket = await openBucket(service);
  // Where the bytes lie is known to the service alone: the only object of this size and ETag.
  for await (const { key, sizeBytes: stored } of bucket.listObjects()) {
    if (stored !== sizeBytes || (await bucket.head(key))?.etag !== file.etag) continue;
    const url = await bucket.presignPut({ key, contentType: 'image/jpeg', expiresInSeconds: 60 });
    const put = await putBytes(url, new Uint8Array(replacements[replacement](registered)), 'image/jpeg');
    if (!put.ok) throw new Error(`PUT → ${put.status}`);
  }
  return file;
}
