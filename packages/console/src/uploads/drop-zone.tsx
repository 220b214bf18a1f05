import { type DragEvent, type ReactNode, useState } from 'react';
import { describeError } from '../data/errors.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { showToast } from '../shell/toasts.tsx';
import styles from './drop-zone.module.css';
import { readDrop, type UploadItem } from './folder-entries.ts';

export interface DropZoneProps {
  /** Folder that dropped files lie in. */
  readonly folder: string;
  readonly onItems: (items: readonly UploadItem[]) => void;
  readonly children: ReactNode;
}

/** An area that takes files and folders by drag and drop, and pasted files. */
export function DropZone({ folder, onItems, children }: DropZoneProps) {
  const messages = useMessages();
  const [depth, setDepth] = useState(0);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the file chooser is the way for keyboards
    <div
      className={styles.zone}
      onDragEnter={(event) => {
        if (hasFiles(event)) setDepth((now) => now + 1);
      }}
      onDragLeave={(event) => {
        if (hasFiles(event)) setDepth((now) => Math.max(0, now - 1));
      }}
      onDragOver={(event) => {
        if (hasFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDepth(0);
        void readDrop(event.dataTransfer, folder)
          .then(onItems)
          .catch((error: unknown) => showToast(describeError(error, messages), { isError: true }));
      }}
      onPaste={(event) => {
        const files = Array.from(event.clipboardData.files);
        if (files.length > 0) onItems(files.map((file) => ({ file, folder })));
      }}
    >
      {children}
      {depth > 0 && (
        <div className={styles.hint} aria-hidden>
          {messages.dropHere(folder)}
        </div>
      )}
    </div>
  );
}
