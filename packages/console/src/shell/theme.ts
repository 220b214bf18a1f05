import { createSmallStore } from '../data/small-store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'bkend.theme';

/** The chosen colours; `system` follows the system. */
export const themeStore = createSmallStore<Theme>(readTheme());

/** Applies the stored choice; called before the first screen. */
export function startTheme(): void {
  apply(themeStore.get());
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  themeStore.set(() => theme);
  apply(theme);
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

function readTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return themes.find((theme) => theme === stored) ?? 'system';
}
