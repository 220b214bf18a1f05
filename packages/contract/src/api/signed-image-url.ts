import { type Static, Type } from 'typebox';
import { downloadUrlLifeRange } from '../limits.ts';
import { Instant } from './field-schemas.ts';

/** Body of `image-url`. */
export const ImageUrlRequest = Type.Object({
  options: Type.Optional(
    Type.String({
      maxLength: 4096,
      description: 'Options of an image URL, `300x200/smart/filters:quality(80)`; none: the original.',
    }),
  ),
  expiresIn: Type.Optional(
    Type.Integer({
      minimum: downloadUrlLifeRange.min,
      maximum: downloadUrlLifeRange.max,
      description:
        'Life of the URL, in seconds; by default the one that the operator has set, 1 hour unless changed.',
    }),
  ),
});
export type ImageUrlRequest = Static<typeof ImageUrlRequest>;

/** A signed image URL. */
export const ImageUrlAnswer = Type.Object({
  url: Type.String({ description: 'Signed image URL of the images host, for GET and HEAD.' }),
  expiresAt: Type.Unsafe<string>({ ...Instant, description: 'End of the URL.' }),
});
export type ImageUrlAnswer = Static<typeof ImageUrlAnswer>;
