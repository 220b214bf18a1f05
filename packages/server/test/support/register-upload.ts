import type { File, Upload } from '../../src/files/file.ts';
import type { FileRepository, Registration, UploadRepository } from '../../src/files/ports.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { later, registrationOf } from './samples.ts';

interface Repositories {
  readonly uploads: UploadRepository;
  readonly files: FileRepository;
}

/** Registers an upload as the API does: claims it, then makes it a file. @throws with the outcome when it is not claimed */
export async function registerUpload(
  { uploads, files }: Repositories,
  caller: Caller,
  registration: Registration,
): Promise<File> {
  const { upload, attempt, at } = registration;
  const claim = { tenant: upload.tenant, key: upload.key, attempt, at, leaseUntil: later(20, at) };
  const claimed = await uploads.claim(caller, claim);
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  const file = await files.register(registration);
  if (file === undefined) throw new Error('The upload was lost.');
  return file;
}

/** Announces an upload and registers it. */
export async function insertFile(
  repositories: Repositories,
  caller: Caller,
  { upload, fields = {} }: { readonly upload: Upload; readonly fields?: Partial<Registration> },
): Promise<File> {
  await repositories.uploads.insert(upload);
  return registerUpload(repositories, caller, registrationOf(upload, fields));
}
