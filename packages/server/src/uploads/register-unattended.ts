import { errorCodes, StorageError } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { Admin } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { announcedFile, registerBytes } from './register-bytes.ts';
import { arrivalKeyOf } from './seal-upload.ts';
import type { Upload } from './upload.ts';

type Deps = Pick<UploadsDeps, 'uploads' | 'objects' | 'clock' | 'limits' | 'findSettings'>;

/**
 * Registers an upload without a request of its client, with what was announced, once its bytes are in storage. Bytes that a
 * client would have been refused for are purged with their upload.
 * @returns the file; undefined while bytes are missing, and when the upload has ended or a client registers it
 * @throws `common/unavailable`, and any other error for which it should be tried again
 */
export async function registerUnattended(
  deps: Deps,
  upload: Upload,
): Promise<File | StorageError | undefined> {
  const { tenant, key } = upload;
  if ((await deps.objects.head(arrivalKeyOf(upload))) === undefined) return undefined;
  const service: Admin = { kind: 'admin', tenant, keyId: 'service', scopes: [] };
  try {
    const asked = { ...announcedFile(upload), isSelfRegistered: true };
    return await registerBytes(deps, service, { key, asked, settings: await deps.findSettings(tenant) });
  } catch (error) {
    if (!(error instanceof StorageError) || errorCodes[error.code].status >= 500) throw error;
    if (error.code === 'file/upload-incomplete' || error.code === 'file/upload-not-found') return undefined;
    await deps.uploads.refuse(tenant, key, error);
    return error;
  }
}

/** Pauses between two looks at an upload. */
const pauseMs = { shortest: 1_000, longest: 30_000, late: 60 * 60 * 1_000 };

/**
 * The instant of the next look at an upload whose bytes are not there: soon after it began, at most 30 s later while its URL may be used,
 * and hourly an hour after that. The completion of a multipart upload has it looked at by itself.
 */
export function nextLookAt(
  { createdAt, urlEndsAt, multipartId }: Pick<Upload, 'createdAt' | 'urlEndsAt' | 'multipartId'>,
  now: Date,
): Date {
  const ageMs = now.getTime() - createdAt.getTime();
  const usual = Math.min(Math.max(ageMs / 4, pauseMs.shortest), pauseMs.longest);
  const isLate = urlEndsAt !== undefined && now.getTime() > urlEndsAt.getTime() + pauseMs.late;
  const isBegun = multipartId !== undefined && ageMs === 0;
  return new Date(now.getTime() + (isLate || isBegun ? pauseMs.late : usual));
}
