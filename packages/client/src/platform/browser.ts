/// <reference lib="dom" />

import { openSource } from '../open-source.ts';
import type { Platform } from '../platform.ts';
import { until } from '../until.ts';
import { putOverFetch } from './fetch-put.ts';
import { createIndexedDbJournal } from './indexed-db-journal.ts';
import { putOverXhr } from './xhr-put.ts';

/** Browsers, their workers, and whatever else has the standard interfaces. */
export const browserPlatform: Platform = {
  put: (put) => (typeof XMLHttpRequest === 'undefined' ? putOverFetch : putOverXhr)(put),
  open: openSource,
  journal: () => (typeof indexedDB === 'undefined' ? undefined : createIndexedDbJournal()),
  whenOnline(signal) {
    if (globalThis.navigator?.onLine !== false) return undefined;
    return until<void>((done) => {
      const back = () => done();
      addEventListener('online', back, { once: true });
      return () => removeEventListener('online', back);
    }, signal);
  },
};
