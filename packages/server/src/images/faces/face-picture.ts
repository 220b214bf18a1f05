import type { ImagePlan } from '@bkend/storage-contract';
import { upright } from '../pipeline/decode.ts';
import type { Source } from '../pipeline/source.ts';
import { detectorSide } from './face-detector.ts';
import type { RgbPicture } from './tiny-face-detector.ts';

/** What a detector is shown: the picture, of an animation its beginning, upright and small, in plain sRGB. */
export async function facePicture(source: Source, plan: ImagePlan): Promise<RgbPicture> {
  const still: Source = { ...source, frames: 1, options: { ...source.options, pages: 1 } };
  const { data, info } = await upright(still, plan)
    .resize(detectorSide, detectorSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
