import type { ImagePlan } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import type { Box, Size } from '../geometry/size.ts';
import type { FindFaces } from '../pipeline/decode.ts';
import { Coalescer } from '../work/coalesce.ts';
import { detectorSides, type FaceDetector } from './face-detector.ts';
import { facePicture, type Shown } from './face-picture.ts';
import type { Face } from './faces-in-output.ts';

const maxRemembered = 10_000;
/** Of one picture; a crowd needs no more to be found. */
const maxFaces = 20;

/** What is searched. */
export interface Searched extends Shown {
  readonly file: Pick<File, 'key' | 'etag'>;
}

/** The search of one picture, done when somebody wants to know. */
export interface FaceSearch {
  readonly find: FindFaces;
  /** Whether it could not be told where faces are, and was answered as if there were none. */
  failed(): boolean;
}

/** Where the faces in pictures are, remembered by what the picture is: one is cut to many sizes. */
export class Faces {
  readonly #detector: FaceDetector;
  readonly #known = new LRUCache<string, readonly Face[]>({ max: maxRemembered });
  readonly #looking = new Coalescer<readonly Face[] | undefined>();

  constructor(detector: FaceDetector) {
    this.#detector = detector;
  }

  /** Never rejects: without an answer, a picture is cut as if nobody looked for faces. */
  search(searched: Searched): FaceSearch {
    let failed = false;
    return {
      find: async (picture) => {
        const faces = await this.#find(searched);
        failed = faces === undefined;
        return (faces ?? []).map((face) => boxOf(face, picture));
      },
      failed: () => failed,
    };
  }

  /** Undefined when that cannot be told at the moment. */
  async #find(searched: Searched): Promise<readonly Face[] | undefined> {
    const { file, source, plan } = searched;
    // A drawing has no faces that this detector was trained on.
    if (source.type === 'svg') return [];
    const name = `${file.key}\n${file.etag}\n${plan.orientDegrees}\n${plan.page ?? 1}`;
    return this.#known.get(name) ?? this.#looking.run(name, () => this.#look(name, searched));
  }

  async #look(name: string, searched: Searched): Promise<readonly Face[] | undefined> {
    try {
      const faces = (await this.#lookCloser(searched)).slice(0, maxFaces);
      this.#known.set(name, faces);
      return faces;
    } catch {
      return undefined;
    }
  }

  /** Until there is something, or nothing more to be seen. */
  async #lookCloser(searched: Searched): Promise<readonly Face[]> {
    const { width, height } = searched.source.size;
    let seen = 0;
    for (const side of detectorSides) {
      // What is no larger has been shown whole.
      if (seen >= Math.max(width, height)) break;
      const faces = await this.#detector.detect(await facePicture(searched, side));
      if (faces.length > 0) return faces;
      seen = side;
    }
    return [];
  }
}

/** In pixels of a picture of this size. */
function boxOf({ left, top, right, bottom }: Face, { width, height }: Size): Box {
  return {
    left: left * width,
    top: top * height,
    width: (right - left) * width,
    height: (bottom - top) * height,
  };
}

/** Whether faces may have a say in what this plan makes. */
export function asksForFaces({ smart, focal, mode, meta }: ImagePlan): boolean {
  return smart && focal.length === 0 && (mode === 'fill' || meta !== undefined);
}
