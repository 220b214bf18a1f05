import type { DownloadUrlOptions, FileChanges, StoredFile } from '@bkend/storage';
import { useMutation } from '@tanstack/react-query';
import { describeError } from '../data/errors.ts';
import { useRefresh } from '../data/queries.ts';
import { storageOf } from '../data/storage.ts';
import { useMessages } from '../i18n/use-messages.ts';
import type { EnvironmentRef } from '../routes.ts';
import { showToast } from '../shell/toasts.tsx';

/** Changes of one file. Each reads the lists again, and says what was done, with a way back where there is one. */
export function useFileActions(environment: EnvironmentRef, file: StoredFile) {
  const messages = useMessages();
  const refresh = useRefresh(environment);
  const storage = storageOf(environment);
  const { id, originalName } = file;
  const outcome = {
    onError: (error: unknown) => showToast(describeError(error, messages), { isError: true }),
    onSettled: refresh,
  };
  const update = useMutation({
    ...outcome,
    mutationFn: (changes: FileChanges) => storage.update(id, changes, { ifMatch: file.etag }),
    onSuccess: () => showToast(messages.saved),
  });
  const restore = useMutation({
    ...outcome,
    mutationFn: () => storage.restore(id),
    onSuccess: () => showToast(messages.restored(originalName)),
  });
  const trash = useMutation({
    ...outcome,
    mutationFn: () => storage.trash(id),
    onSuccess: () => showToast(messages.movedToTrash(originalName), { undo: () => restore.mutate() }),
  });
  /** Signs a URL; undefined where that failed, which has been shown. */
  const sign = useMutation({
    onError: outcome.onError,
    mutationFn: (options: DownloadUrlOptions) => storage.downloadUrl(id, options),
  });
  return { update, trash, restore, sign };
}

/** Copies a text; where the browser does not allow it, the text stays on the screen to be selected. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
