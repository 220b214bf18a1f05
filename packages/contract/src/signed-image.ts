import { type Static, Type } from 'typebox';
import { downloadUrlLifeSeconds } from './limits.ts';
import { Instant } from './vocabulary-schemas.ts';

export const ImageUrlRequest = Type.Object({
  options: Type.Optional(
    Type.String({
      maxLength: 4096,
      description: 'As in an image URL, `300x200/smart/filters:quality(80)`; without any, the original.',
    }),
  ),
  expiresIn: Type.Optional(
    Type.Integer({
      minimum: downloadUrlLifeSeconds.min,
      maximum: downloadUrlLifeSeconds.max,
      description: 'Seconds.',
    }),
  ),
});
export type ImageUrlRequest = Static<typeof ImageUrlRequest>;

export const ImageUrlAnswer = Type.Object({
  url: Type.String({ description: 'On the image host; good for GET and HEAD.' }),
  expiresAt: Instant,
});
export type ImageUrlAnswer = Static<typeof ImageUrlAnswer>;
