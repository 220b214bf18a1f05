import { type Static, Type } from 'typebox';
import { downloadUrlLifeRange } from '../limits.ts';
import { Disposition, Instant } from './field-schemas.ts';

/** Body or query of `download-url`. */
export const DownloadUrlRequest = Type.Object({
  expiresIn: Type.Optional(
    Type.Integer({
      minimum: downloadUrlLifeRange.min,
      maximum: downloadUrlLifeRange.max,
      description: 'Life of the URL, in seconds; 1 hour by default.',
    }),
  ),
  disposition: Type.Optional(Disposition),
  versionId: Type.Optional(
    Type.String({
      maxLength: 255,
      description: 'A version of the file, for its owner and admins; by default what the file has now.',
    }),
  ),
});
export type DownloadUrlRequest = Static<typeof DownloadUrlRequest>;

/** A presigned download URL, and the facts of its file. */
export const DownloadUrlAnswer = Type.Object({
  url: Type.String({ description: 'Presigned URL of the object store, for GET and HEAD.' }),
  filename: Type.String({ description: 'Name under which browsers save the file.' }),
  contentType: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URL.' }),
});
export type DownloadUrlAnswer = Static<typeof DownloadUrlAnswer>;
