import type { ImagePlan } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { SingleFlight } from '../concurrency/single-flight.ts';
import { type FindFaces, openTurned, turnedSize } from '../transform/decode.ts';
import type { Box, Size } from '../transform/geometry/size.ts';
import { type Source, stillOf } from '../transform/source.ts';
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

const maxRemembered = 10_000;
/** Faces of one image that are kept. */
const maxFaces = 20;

/** An image to detect faces in. */
export interface SearchedImage {
  readonly file: Pick<File, 'key' | 'etag'>;
  readonly source: Source;
  readonly plan: ImagePlan;
}

/** The search of one image, done when its result is first needed. */
export interface FaceSearch {
  readonly find: FindFaces;
  /** Whether detection failed, and `find` has resolved as if there were no faces. */
  failed(): boolean;
}

/** Faces in images, remembered by ETag: one image is cropped to several sizes. */
export class Faces {
  readonly #detector: FaceDetector;
  readonly #known = new LRUCache<string, readonly Face[]>({ max: maxRemembered });
  readonly #detecting = new SingleFlight<readonly Face[] | undefined>();

  constructor(detector: FaceDetector) {
    this.#detector = detector;
  }

  /** Never rejects: when detection fails, the crop goes by saliency. */
  search(searched: SearchedImage): FaceSearch {
    let failed = false;
    return {
      find: async (image) => {
        const faces = await this.#find(searched);
        failed = faces === undefined;
        return (faces ?? []).map((face) => boxOf(face, image));
      },
      failed: () => failed,
    };
  }

  /** Undefined when detection fails. */
  async #find(searched: SearchedImage): Promise<readonly Face[] | undefined> {
    const { file, source, plan } = searched;
    // The detector is not trained on drawings.
    if (source.type === 'svg') return [];
    const name = `${file.key}\n${file.etag}\n${plan.orientDegrees}\n${plan.page ?? 1}`;
    return this.#known.get(name) ?? this.#detecting.run(name, () => this.#detect(name, searched));
  }

  async #detect(name: string, searched: SearchedImage): Promise<readonly Face[] | undefined> {
    try {
      const faces = (await this.#detectBySize(searched)).slice(0, maxFaces);
      this.#known.set(name, faces);
      return faces;
    } catch {
      return undefined;
    }
  }

  /** Tries the sizes of the detector in turn, until one shows a face or the image has been shown at its full size. */
  async #detectBySize(searched: SearchedImage): Promise<readonly Face[]> {
    const { width, height } = searched.source.size;
    let shownSide = 0;
    for (const side of detectorSides) {
      if (shownSide >= Math.max(width, height)) break;
      const faces = await this.#detector.detect(await detectorInput(searched, side));
      if (faces.length > 0) return faces;
      shownSide = side;
    }
    return [];
  }
}

/** The input of the detector: upright, no longer than `side`, in plain sRGB; of an animation, the first frame. */
async function detectorInput({ source, plan }: SearchedImage, side: number): Promise<RgbImage> {
  const { width, height } = turnedSize(source, plan);
  const share = Math.min(1, side / Math.max(width, height));
  const shown = { width: Math.max(1, width * share), height: Math.max(1, height * share) };
  const image = await openTurned(stillOf(source), plan, shown);
  const { data, info } = await image
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#808080' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** In pixels of an image of this size. */
function boxOf({ left, top, right, bottom }: Face, { width, height }: Size): Box {
  return {
    left: left * width,
    top: top * height,
    width: (right - left) * width,
    height: (bottom - top) * height,
  };
}

/** Whether faces can change the rendition of this plan. */
export function asksForFaces({ smart, focal, mode, meta }: ImagePlan): boolean {
  return smart && focal.length === 0 && (mode === 'fill' || meta !== undefined);
}
