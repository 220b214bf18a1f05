import type { ErrorCode } from '@bkend/storage-contract';
import type { Face } from '../faces/faces-in-output.ts';
import type { RgbPicture } from '../faces/tiny-face-detector.ts';
import type { MadePicture, PictureFile, PictureWork } from '../make-picture.ts';

/** A file with its bytes. */
export interface SentFile extends Omit<PictureFile, 'original'> {
  readonly bytes: Buffer;
}

/** What a renderer is sent: a picture's work as plain data. */
export interface SentWork extends Omit<PictureWork, 'file' | 'overlays'> {
  readonly file: SentFile;
  readonly overlays: readonly SentFile[];
  /** Of the host, where faces are looked for. */
  readonly faceDetector?: string | undefined;
  /** CPU time the renderer may take for it, in milliseconds; beyond, it ends itself. */
  readonly budgetMs: number;
}

/** From the host: work, or the faces in a picture that the renderer has shown; absent when that failed. */
export type ToRenderer = { readonly work: SentWork } | { readonly faces: readonly Face[] | undefined };

/** From the renderer: that it has started, a picture to look for faces in, or what the work came to. */
export type FromRenderer =
  | 'ready'
  | { readonly look: RgbPicture }
  | { readonly made: MadePicture }
  | {
      readonly refusal: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: Record<string, unknown>;
      };
    };
