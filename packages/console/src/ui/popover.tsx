import { type ReactNode, useId } from 'react';
import { IconButton } from './button.tsx';
import styles from './popover.module.css';

/** A button that opens a small area below it: the browser's own popover, closed by Esc and by a click elsewhere. */
export function Popover({
  label,
  icon,
  children,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <span className={styles.anchor}>
      <IconButton label={label} popoverTarget={id}>
        {icon}
      </IconButton>
      <div id={id} popover="auto" className={styles.popover}>
        {children}
      </div>
    </span>
  );
}
