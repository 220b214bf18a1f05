import { useSyncExternalStore } from 'react';

/** A value outside React that components read; a change renders those that read it. */
export interface SmallStore<Value> {
  get(): Value;
  set(change: (value: Value) => Value): void;
  subscribe(listener: () => void): () => void;
}

export function createSmallStore<Value>(first: Value): SmallStore<Value> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      value = change(value);
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useSmallStore<Value>(store: SmallStore<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}
