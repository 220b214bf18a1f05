import type { ErrorCode } from '@bkend/storage-contract';
import type { Face } from '../faces/faces-in-output.ts';
import type { RgbImage } from '../faces/tiny-face-detector.ts';
import type { ImageWork, MadeImage, SourceFile } from '../make-image.ts';
import type { ForeignType, Kind } from '../transform/kind.ts';

/** A source file with its bytes. */
export interface SentFile extends Omit<SourceFile, 'original'> {
  /** As libvips opens them, where `kind` is given. */
  readonly bytes: Buffer;
  /** The kind of a file that is decoded already. */
  readonly kind?: Kind;
}

/** An image to be decoded into one that libvips reads. */
export interface SentForeign {
  readonly type: ForeignType;
  readonly bytes: Buffer;
  readonly maxPixels: number;
  /** CPU time in milliseconds, after which the renderer ends itself. */
  readonly budgetMs: number;
}

/** The work of one image as plain data. */
export interface SentWork extends Omit<ImageWork, 'file' | 'overlays'> {
  readonly file: SentFile;
  readonly overlays: readonly SentFile[];
  /** Name of the host's face detector; absent without one. */
  readonly faceDetector?: string | undefined;
  /** CPU time in milliseconds, after which the renderer ends itself. */
  readonly budgetMs: number;
}

/** From the host: work, or the faces in an image that the renderer has sent, undefined when detection failed. */
export type ToRenderer =
  | { readonly work: SentWork }
  | { readonly foreign: SentForeign }
  | { readonly faces: readonly Face[] | undefined };

/** From the renderer: `ready` after its start, an image to detect faces in, or the result of the work. */
export type FromRenderer =
  | 'ready'
  | { readonly look: RgbImage }
  | { readonly made: MadeImage }
  | { readonly decoded: Buffer }
  | {
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: Record<string, unknown>;
      };
    };
