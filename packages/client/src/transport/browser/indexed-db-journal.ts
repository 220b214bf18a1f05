/// <reference lib="dom" />
import type { Journal } from '../platform.ts';

const store = 'uploads';

/** Where IndexedDB is not available, as in some private windows, uploads are not resumed after a reload. */
export function createIndexedDbJournal(): Journal {
  const access = async <T>(mode: IDBTransactionMode, work: (uploads: IDBObjectStore) => IDBRequest<T>) => {
    try {
      const opening = indexedDB.open('bkend-storage', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(store);
      const database = await settled(opening);
      try {
        return await settled(work(database.transaction(store, mode).objectStore(store)));
      } finally {
        database.close();
      }
    } catch {
      return undefined;
    }
  };
  return {
    read: (fingerprint) => access('readonly', (uploads) => uploads.get(fingerprint)),
    write: (fingerprint, entry) => access('readwrite', (uploads) => uploads.put(entry, fingerprint)),
    remove: (fingerprint) => access('readwrite', (uploads) => uploads.delete(fingerprint)),
  };
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
