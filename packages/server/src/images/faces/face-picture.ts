import type { ImagePlan } from '@bkend/storage-contract';
import { upright } from '../pipeline/decode.ts';
import type { Source } from '../pipeline/source.ts';
import type { RgbPicture } from './tiny-face-detector.ts';

export interface Shown {
  readonly source: Source;
  readonly plan: ImagePlan;
}

/** What a detector is shown: the picture, of an animation its beginning, upright and small, in plain sRGB. */
export async function facePicture({ source, plan }: Shown, side: number): Promise<RgbPicture> {
  const still: Source = { ...source, frames: 1, options: { ...source.options, pages: 1 } };
  const picture = await upright(still, plan);
  const { data, info } = await picture
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
