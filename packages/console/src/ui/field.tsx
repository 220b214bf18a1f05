import { type InputHTMLAttributes, type SelectHTMLAttributes, useId } from 'react';
import styles from './field.module.css';

interface Labelled {
  readonly label: string;
  readonly hint?: string | undefined;
}

/** A text field with its label, and a hint below. */
export function TextField({ label, hint, ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} className={styles.input} {...(hint && { 'aria-describedby': `${id}-hint` })} />
      {hint && (
        <small id={`${id}-hint`} className={styles.hint}>
          {hint}
        </small>
      )}
    </div>
  );
}

export interface SelectFieldProps<Value extends string>
  extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value'> {
  readonly label: string;
  /** Shows the label beside the list; otherwise it is read out alone. */
  readonly showsLabel?: boolean;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly onChoose: (value: Value) => void;
}

/** Options from texts by value, in their order. */
export function optionsOf<Value extends string>(texts: Readonly<Record<Value, string>>): [Value, string][] {
  // Object.entries forgets the type of the names.
  return Object.entries(texts) as [Value, string][];
}

/** A list of values, of which one is chosen; the browser's own, with its keyboard and its speech. */
export function SelectField<Value extends string>({
  label,
  showsLabel = false,
  value,
  options,
  onChoose,
  ...rest
}: SelectFieldProps<Value>) {
  const id = useId();
  return (
    <span className={showsLabel ? styles.field : styles.inline}>
      {showsLabel && <label htmlFor={id}>{label}</label>}
      <select
        {...rest}
        id={id}
        className={styles.input}
        value={value}
        {...(!showsLabel && { 'aria-label': label, title: label })}
        // The options are the only values that there are.
        onChange={(event) => onChoose(event.target.value as Value)}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
