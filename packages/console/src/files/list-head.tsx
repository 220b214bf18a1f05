import { Search, X } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { Messages } from '../i18n/en.ts';
import { useMessages } from '../i18n/use-messages.ts';
import { type FilesState, type SortOrder, sortOrders } from '../routes.ts';
import { IconButton } from '../ui/button.tsx';
import { SelectField } from '../ui/field.tsx';
import styles from './list-head.module.css';

export interface ListHeadProps {
  readonly screen: 'files' | 'trash';
  readonly state: FilesState;
  readonly onChange: (changes: Partial<FilesState>, options?: { readonly replace?: boolean }) => void;
  /** Actions at the end. */
  readonly children: ReactNode;
}

/** The path of the folder, the search, the order, and actions. */
export function ListHead({ screen, state, onChange, children }: ListHeadProps) {
  const messages = useMessages();
  return (
    <div className={styles.head}>
      {screen === 'trash' ? (
        <h1 className={styles.title}>{messages.trash}</h1>
      ) : (
        <Breadcrumb folder={state.folder} onOpen={(folder) => onChange({ folder, search: '' })} />
      )}
      <SearchField
        key={`${screen} ${state.folder}`}
        value={state.search}
        onSearch={(search) => onChange({ search }, { replace: true })}
      />
      <SelectField
        label={messages.sortBy}
        value={state.sort}
        options={sortNames(messages)}
        onChoose={(sort) => onChange({ sort }, { replace: true })}
      />
      {children}
    </div>
  );
}

function Breadcrumb({
  folder,
  onOpen,
}: {
  readonly folder: string;
  readonly onOpen: (folder: string) => void;
}) {
  const messages = useMessages();
  const names = folder === '' ? [] : folder.split('/');
  const steps = ['', ...names].map((name, index) => ({
    name: index === 0 ? messages.allFiles : name,
    path: names.slice(0, index).join('/'),
  }));
  return (
    <nav className={styles.path} aria-label={messages.folder}>
      <ol>
        {steps.map(({ name, path }, index) => (
          <li key={path}>
            {index === steps.length - 1 ? (
              <h1 aria-current="page">
                <bdi>{name}</bdi>
              </h1>
            ) : (
              <button type="button" onClick={() => onOpen(path)}>
                <bdi>{name}</bdi>
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

const searchPauseMs = 250;

/** Searches while one types, after a pause; a syllable that is still being composed is not sent. */
function SearchField({
  value,
  onSearch,
}: {
  readonly value: string;
  readonly onSearch: (text: string) => void;
}) {
  const messages = useMessages();
  const [text, setText] = useState(value);
  const isComposing = useRef(false);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  /** The search of this field; one that the address has from elsewhere, a link for example, replaces the text. */
  const own = useRef(value);
  const search = useCallback((typed: string) => {
    own.current = typed.trim();
    latest.current(own.current);
  }, []);
  useEffect(() => {
    if (value === own.current) return;
    own.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => {
      if (!isComposing.current) search(text);
    }, searchPauseMs);
    return () => clearTimeout(timer);
  }, [text, value, search]);
  return (
    <search className={styles.search}>
      <Search aria-hidden />
      <input
        type="search"
        aria-label={messages.searchFiles}
        placeholder={messages.searchFiles}
        value={text}
        maxLength={255}
        onChange={(event) => setText(event.target.value)}
        onCompositionStart={() => {
          isComposing.current = true;
        }}
        onCompositionEnd={(event) => {
          isComposing.current = false;
          search(event.currentTarget.value);
        }}
      />
      {text !== '' && (
        <IconButton
          label={messages.clearSearch}
          onClick={() => {
            setText('');
            search('');
          }}
        >
          <X aria-hidden />
        </IconButton>
      )}
    </search>
  );
}

function sortNames(messages: Messages): (readonly [SortOrder, string])[] {
  const names: Readonly<Record<SortOrder, string>> = {
    newest: messages.sortNewest,
    oldest: messages.sortOldest,
    nameUp: messages.sortNameUp,
    nameDown: messages.sortNameDown,
    largest: messages.sortLargest,
    smallest: messages.sortSmallest,
  };
  // Object.keys of an object literal returns exactly its keys.
  return (Object.keys(sortOrders) as SortOrder[]).map((sort) => [sort, names[sort]]);
}
