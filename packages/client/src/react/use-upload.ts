import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Progress } from '../progress.ts';
import type { Uploadable } from '../source.ts';
import type { StorageError } from '../storage-error.ts';
import type { UploadedFile, UploadOptions, UploadTask } from '../upload.ts';
import { useStorage } from './storage-provider.ts';

export interface UseUploadOptions extends UploadOptions {
  /** Whether an upload ends with the component that began it. Default false: it goes on. */
  abortOnUnmount?: boolean;
}

/** The latest upload of a component, and what can be done to it. */
export interface UploadState {
  status: 'idle' | 'uploading' | 'paused' | 'done' | 'failed';
  /** How far it has come; undefined before the first is told. */
  progress: Progress | undefined;
  /** The file, when it is done. */
  file: UploadedFile | undefined;
  /** Why it failed. An upload that was aborted has not failed: it is `idle` again. */
  error: StorageError | undefined;
  /**
   * Begins an upload; what it says is shown in place of the one before, which goes on. Resolves with the file, or with
   * undefined when it failed or was aborted, and never rejects: an event handler needs no `catch`.
   */
  upload(source: Uploadable, options?: UploadOptions): Promise<UploadedFile | undefined>;
  pause(): void;
  resume(): void;
  abort(): void;
}

type Shown = Pick<UploadState, 'status' | 'progress' | 'file' | 'error'>;

const idle: Shown = { status: 'idle', progress: undefined, file: undefined, error: undefined };

/**
 * Uploads a file and shows how far it has come.
 * @param options of every upload; those given to `upload` itself win
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
        // Whatever the client rejects with is one of these.
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
