import type { File } from '../files/file.ts';
import { normaliseMimeType } from '../files/mime-type.ts';
import type { Admin, User } from '../identity/caller.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { commitUpload } from './commit-upload.ts';
import type { UploadsDeps } from './deps.ts';
import { fileIdOf } from './file-key.ts';
import { withinTimeout } from './hold-upload.ts';
import type { Registration } from './ports.ts';
import type { Upload } from './upload.ts';

/** The fields of a file that a registration gives; without `sizeBytes` it takes whatever size is allowed. */
export type AskedFile = Omit<
  Registration,
  'id' | 'upload' | 'attempt' | 'objectKey' | 'etag' | 'sizeBytes' | 'at'
> & { readonly sizeBytes?: number };

/** Seals the bytes of an upload and creates their file: the one way in which an upload becomes a file. Throws as `commitUpload`. */
export function registerBytes(
  deps: Pick<UploadsDeps, 'uploads' | 'objects' | 'clock' | 'limits'>,
  caller: User | Admin,
  {
    key,
    asked,
    settings,
  }: { readonly key: string; readonly asked: AskedFile; readonly settings: EnvironmentSettings },
): Promise<File> {
  const registering = commitUpload(deps, caller, {
    key,
    settings,
    announced: asked,
    commit: ({ upload, attempt }, sealed) =>
      deps.uploads.register({
        ...asked,
        ...sealed,
        // The bytes are stored with this type, whatever parameters the registration names.
        mimeType: normaliseMimeType(upload.contentType),
        id: fileIdOf(key),
        ...(settings.scanner && { scan: 'pending' }),
        upload,
        attempt,
        at: deps.clock(),
      }),
  });
  return withinTimeout(registering);
}

/** The fields that the request for an upload announced. Uploads of an older version have no name: it is the last name of the key. */
export function announcedFile({ key, originalName, contentType, announced = {} }: Upload): AskedFile {
  return {
    originalName: originalName ?? key.slice(key.lastIndexOf('/') + 1),
    mimeType: contentType,
    bucket: announced.bucket ?? 'files',
    metadata: announced.metadata ?? {},
    sharedWith: announced.sharedWith ?? [],
  };
}
