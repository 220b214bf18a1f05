import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './button.module.css';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'primary' | 'quiet' | 'danger';
  readonly icon?: ReactNode;
}

/** A button with a text. */
export function Button({ look = 'plain', icon, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${styles.button} ${styles[look]} ${className}`}>
      {icon}
      {children}
    </button>
  );
}

/** A button with an icon alone; its label is read out, and shown on hover. */
export function IconButton({
  label,
  children,
  ...rest
}: Omit<ButtonProps, 'look' | 'icon' | 'title'> & { readonly label: string }) {
  return (
    <button type="button" {...rest} aria-label={label} title={label} className={styles.iconButton}>
      {children}
    </button>
  );
}
