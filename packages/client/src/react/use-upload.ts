import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Uploadable } from '../source/source.ts';
import type { StorageError } from '../storage-error.ts';
import type { Progress } from '../transfer/progress.ts';
import type { UploadedFile, UploadOptions, UploadTask } from '../upload/upload-task.ts';
import { useStorage } from './storage-provider.ts';

/** Options of each upload of {@link useUpload}. */
export interface UseUploadOptions extends UploadOptions {
  /** Whether an upload is aborted when its component unmounts. Default false: it continues. */
  abortOnUnmount?: boolean;
}

/** State and controls of a component's latest upload. */
export interface UploadState {
  status: 'idle' | 'uploading' | 'paused' | 'done' | 'failed';
  /** Undefined before the first report. */
  progress: Progress | undefined;
  /** The file, when `status` is `done`. */
  file: UploadedFile | undefined;
  /** The error, when `status` is `failed`. After an abort, `status` is `idle` and there is no error. */
  error: StorageError | undefined;
  /**
   * Starts an upload and shows its state. An earlier upload continues, and is no longer shown.
   * @param source as of `Storage.upload`
   * @param options replace those of the hook
   * @returns the file; undefined when it failed or was aborted. It never rejects, so an event handler needs no `catch`
   */
  upload(source: Uploadable, options?: UploadOptions): Promise<UploadedFile | undefined>;
  /** Stops sending. */
  pause(): void;
  /** Continues after `pause()`. */
  resume(): void;
  /** Ends the upload, and removes what it stored. */
  abort(): void;
}

type Shown = Pick<UploadState, 'status' | 'progress' | 'file' | 'error'>;

const idle: Shown = { status: 'idle', progress: undefined, file: undefined, error: undefined };

/**
 * Uploads files and shows the latest upload's state.
 *
 * @param options of each upload; those given to `upload` replace them
 * @returns the state, `upload`, and its controls
 * @example
 * ```tsx
 * import { useUpload } from '@bkend/storage/react';
 *
 * export function Upload() {
 *   const { upload, status, progress, error } = useUpload({ visibility: 'public' });
 *   return (
 *     <>
 *       <input type="file" onChange={({ target }) => target.files?.[0] && upload(target.files[0])} />
 *       {status === 'uploading' && <progress value={progress?.bytes} max={progress?.total} />}
 *       {error && <p role="alert">{error.message}</p>}
 *     </>
 *   );
 * }
 * ```
 */
export function useUpload(options: UseUploadOptions = {}): UploadState {
  const storage = useStorage();
  const [shown, show] = useState(idle);
  const task = useRef<UploadTask>(undefined);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(
    () => () => {
      if (latest.current.abortOnUnmount) task.current?.abort();
    },
    [],
  );

  const upload = useCallback(
    async (source: Uploadable, own?: UploadOptions) => {
      const { abortOnUnmount: _, ...all } = { ...latest.current, ...own };
      const showIfLatest = (change: Partial<Shown>) => {
        if (task.current === mine) show((before) => ({ ...before, ...change }));
      };
      const mine = storage.upload(source, {
        ...all,
        onProgress: (progress) => {
          all.onProgress?.(progress);
          showIfLatest({ progress, ...(progress.phase !== 'done' && { status: statusOf(progress) }) });
        },
      });
      task.current = mine;
      show({ ...idle, status: 'uploading' });
      try {
        const file = await mine;
        showIfLatest({ status: 'done', file });
        return file;
      } catch (thrown) {
        // The client rejects with StorageError only.
        const error = thrown as StorageError;
        showIfLatest(error.code === 'client/aborted' ? idle : { status: 'failed', error });
        return undefined;
      }
    },
    [storage],
  );
  const control = useMemo(
    () => ({
      pause: () => task.current?.pause(),
      resume: () => task.current?.resume(),
      abort: () => task.current?.abort(),
    }),
    [],
  );
  return { ...shown, upload, ...control };
}

function statusOf({ phase }: Progress): 'paused' | 'uploading' {
  return phase === 'paused' ? 'paused' : 'uploading';
}
