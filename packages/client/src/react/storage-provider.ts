import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { Storage } from '../create-storage.ts';

const StorageContext = createContext<Storage | undefined>(undefined);

export interface StorageProviderProps {
  /** From `createStorage`. Create it once, outside of components. */
  storage: Storage;
  children?: ReactNode;
}

/** Gives the components below the storage they work with. */
export function StorageProvider({ storage, children }: StorageProviderProps): ReactElement {
  return createElement(StorageContext.Provider, { value: storage }, children);
}

/** The storage that the nearest `<StorageProvider>` gives. */
export function useStorage(): Storage {
  const storage = useContext(StorageContext);
  if (storage) return storage;
  throw new Error('There is no <StorageProvider storage={…}> above this component.');
}
