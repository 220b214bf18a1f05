import type { File } from '../../../server/src/files/file.ts';
import type { Caller } from '../../../server/src/identity/caller.ts';
import type { Registration, UploadRepository } from '../../../server/src/uploads/ports.ts';
import type { Upload } from '../../../server/src/uploads/upload.ts';
import { later, registrationOf } from './samples.ts';

/** Registers an upload as the API does: claims it, then makes it a file. @throws with the outcome when it is not claimed */
export async function registerUpload(
  uploads: Pick<UploadRepository, 'claim' | 'register'>,
  caller: Caller,
  registration: Registration,
): Promise<File> {
  const { upload, attempt, at } = registration;
  const claim = { tenant: upload.tenant, key: upload.key, attempt, at, leaseUntil: later(20, at) };
  const claimed = await uploads.claim(caller, claim);
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  const file = await uploads.register(registration);
  if (file === undefined) throw new Error('The upload was lost.');
  return file;
}

/** Announces an upload and registers it. */
export async function insertFile(
  uploads: Pick<UploadRepository, 'insert' | 'claim' | 'register'>,
  caller: Caller,
  { upload, fields = {} }: { readonly upload: Upload; readonly fields?: Partial<Registration> },
): Promise<File> {
  await uploads.insert(upload);
  return registerUpload(uploads, caller, registrationOf(upload, fields));
}
