import { type Static, Type } from 'typebox';
import { downloadUrlLifeSeconds } from './limits.ts';
import { Disposition, Instant } from './vocabulary-schemas.ts';

export const DownloadUrlRequest = Type.Object({
  expiresIn: Type.Optional(
    Type.Integer({
      minimum: downloadUrlLifeSeconds.min,
      maximum: downloadUrlLifeSeconds.max,
      description: 'Seconds.',
    }),
  ),
  disposition: Type.Optional(Disposition),
});
export type DownloadUrlRequest = Static<typeof DownloadUrlRequest>;

export const DownloadUrlAnswer = Type.Object({
  url: Type.String(),
  filename: Type.String(),
  contentType: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  expiresAt: Instant,
});
export type DownloadUrlAnswer = Static<typeof DownloadUrlAnswer>;
