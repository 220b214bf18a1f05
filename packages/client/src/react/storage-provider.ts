import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { Storage } from '../storage.ts';

const StorageContext = createContext<Storage | undefined>(undefined);

/** Properties of {@link StorageProvider}. */
export interface StorageProviderProps {
  /** From `createStorage`. Create it once, outside components. */
  storage: Storage;
  children?: ReactNode;
}

/**
 * Provides the client to the hooks and images below it.
 *
 * @example
 * ```tsx
 * import { StorageProvider } from '@bkend/storage/react';
 *
 * export function App() {
 *   return <StorageProvider storage={storage}>…</StorageProvider>;
 * }
 * ```
 */
export function StorageProvider({ storage, children }: StorageProviderProps): ReactElement {
  return createElement(StorageContext.Provider, { value: storage }, children);
}

/**
 * Reads the client of the nearest {@link StorageProvider}.
 *
 * @throws Error without a `StorageProvider` above the component
 * @example
 * ```tsx
 * import { useStorage } from '@bkend/storage/react';
 *
 * export function DeleteButton({ id }: { id: string }) {
 *   const storage = useStorage();
 *   return <button onClick={() => storage.delete(id)}>Delete</button>;
 * }
 * ```
 */
export function useStorage(): Storage {
  const storage = useContext(StorageContext);
  if (storage) return storage;
  throw new Error('There is no <StorageProvider storage={…}> above this component.');
}
