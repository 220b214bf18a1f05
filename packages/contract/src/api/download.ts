import { type Static, Type } from 'typebox';
import { downloadUrlLifeRange } from '../limits.ts';
import { Disposition, Instant } from './field-schemas.ts';

/** Body or query of `download-url`. */
export const DownloadUrlRequest = Type.Object({
  expiresIn: Type.Optional(
    Type.Integer({
      minimum: downloadUrlLifeRange.min,
      maximum: downloadUrlLifeRange.max,
      description:
        'Life of the URL, in seconds; by default the one that the operator has set, 1 hour unless changed.',
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

export const DownloadUrl = Type.String({
  description:
    'For GET and HEAD: a presigned URL of the object store or, of a public file when neither `expiresIn` nor `disposition` is asked for, its lasting address on the images host, with `?download`.',
});

/** A download URL, and the facts of its file. */
export const DownloadUrlAnswer = Type.Object({
  url: DownloadUrl,
  filename: Type.String({ description: 'Name under which browsers save the file.' }),
  contentType: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URL; of an address in 100 years.' }),
});
export type DownloadUrlAnswer = Static<typeof DownloadUrlAnswer>;
