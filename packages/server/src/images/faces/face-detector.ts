import type { Face } from './faces-in-output.ts';
import type { RgbPicture } from './tiny-face-detector.ts';

/** Finds faces in small pictures. */
export interface FaceDetector {
  /** Differs between detectors that find different faces: what is made by one is no answer for the other. */
  readonly name: string;
  /** The surest first. Rejects when it cannot tell: broken, too slow, or busy with too many. */
  detect(picture: RgbPicture): Promise<readonly Face[]>;
}

/** Longest side of the pictures it is shown: faces of a twelfth of that are still seen, and one look takes about 0.2 s. */
export const detectorSide = 512;
