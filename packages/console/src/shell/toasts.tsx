import { X } from 'lucide-react';
import { createSmallStore, useSmallStore } from '../data/small-store.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { Button, IconButton } from '../ui/button.tsx';
import styles from './toasts.module.css';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  readonly undo?: (() => void) | undefined;
}

const shownMs = 9_000;
const toasts = createSmallStore<readonly Toast[]>([]);
let lastId = 0;

/** Shows a short message for some seconds, with a way back where there is one. */
export function showToast(
  text: string,
  options: { readonly isError?: boolean; readonly undo?: () => void } = {},
): void {
  lastId += 1;
  const id = lastId;
  toasts.set((all) => [
    ...all.slice(-2),
    { id, text, isError: options.isError ?? false, undo: options.undo },
  ]);
  setTimeout(() => dismiss(id), shownMs);
}

function dismiss(id: number): void {
  toasts.set((all) => all.filter((toast) => toast.id !== id));
}

/** The messages that are shown now. */
export function Toasts() {
  const messages = useMessages();
  return (
    <section className={styles.toasts} aria-live="polite">
      {useSmallStore(toasts).map(({ id, text, isError, undo }) => (
        <div key={id} className={styles.toast} data-error={isError}>
          <span>{text}</span>
          {undo && (
            <Button
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              {messages.undo}
            </Button>
          )}
          <IconButton label={messages.close} onClick={() => dismiss(id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
