import { useSyncExternalStore } from 'react';
import { en, type Messages } from './en.ts';

export const languages = { en: 'English', ko: '한국어' } as const;
export type Language = keyof typeof languages;

const storageKey = 'bkend.language';
const loaded = new Map<Language, Messages>([['en', en]]);
const listeners = new Set<() => void>();
let current: Language = 'en';

/** Chooses the stored language, else the browser's, and loads its messages; called before the first screen. */
export async function startLanguage(): Promise<void> {
  const stored = localStorage.getItem(storageKey);
  const preferred = navigator.languages.map((tag) => tag.slice(0, 2));
  await setLanguage([stored, ...preferred].find(isLanguage) ?? 'en');
}

/** Switches the language; the messages of another one are a chunk of their own. */
async function setLanguage(language: Language): Promise<void> {
  if (!loaded.has(language)) {
    const { ko } = await import('./ko.ts');
    loaded.set('ko', ko);
  }
  current = language;
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

/** Switches the language, and keeps it for later visits. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language);
  await setLanguage(language);
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

/** The messages of the chosen language. */
export function useMessages(): Messages {
  return loaded.get(useLanguage()) ?? en;
}

function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && Object.hasOwn(languages, text);
}
