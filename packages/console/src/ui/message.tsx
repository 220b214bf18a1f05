import type { ReactNode } from 'react';
import styles from './message.module.css';

/** A heading, a sentence and actions in the middle of an area: for empty lists and errors. */
export function Message({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className={styles.message}>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}
