/// <reference lib="dom" />
import { openSource } from '../../source/open-source.ts';
import { abortable } from '../../transfer/sleep.ts';
import type { Platform } from '../platform.ts';
import { putInBrowser } from './browser-put.ts';
import { createIndexedDbJournal } from './indexed-db-journal.ts';

/** Browsers, their workers, and other runtimes with the standard interfaces. */
export const browserPlatform: Platform = {
  put: putInBrowser,
  open: openSource,
  journal: () => (typeof indexedDB === 'undefined' ? undefined : createIndexedDbJournal()),
  whenOnline(signal) {
    if (globalThis.navigator?.onLine !== false) return undefined;
    return abortable<void>((done) => {
      const back = () => done();
      addEventListener('online', back, { once: true });
      return () => removeEventListener('online', back);
    }, signal);
  },
};
