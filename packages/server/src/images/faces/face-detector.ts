import type { Face } from './faces-in-output.ts';
import type { RgbImage } from './tiny-face-detector.ts';

/** Detects faces in small images. */
export interface FaceDetector {
  /** Differs between detectors that find different faces: it is part of rendition keys. */
  readonly name: string;
  /** The highest score first. Rejects when detection fails, takes too long, or too many images wait. */
  detect(image: RgbImage): Promise<readonly Face[]>;
}

/**
 * Longest sides at which images are shown to the detector. The first is large enough for most faces and small enough for faces that
 * fill the image; the second is tried where the first shows none, for small faces. They take about 0.2 s and 0.4 s.
 */
export const detectorSides = [512, 704] as const;
