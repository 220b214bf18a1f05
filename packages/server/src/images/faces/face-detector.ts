import type { Face } from './faces-in-output.ts';
import type { RgbPicture } from './tiny-face-detector.ts';

/** Finds faces in small pictures. */
export interface FaceDetector {
  /** Differs between detectors that find different faces: what is made by one is no answer for the other. */
  readonly name: string;
  /** The surest first. Rejects when it cannot tell: broken, too slow, or busy with too many. */
  detect(picture: RgbPicture): Promise<readonly Face[]>;
}

/**
 * Longest sides of the pictures it is shown. The first is large enough for most faces and small enough for those that fill
 * the picture; where it shows none, they may be small. A look takes about 0.2 s, the second one 0.4 s.
 */
export const detectorSides = [512, 704] as const;
