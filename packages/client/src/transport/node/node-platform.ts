import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createBlockingOpen } from '../../source/blocking-path-source.ts';
import { openBytes, openSource } from '../../source/open-source.ts';
import { openPath } from '../../source/path-source.ts';
import { isPath } from '../../source/source.ts';
import type { Platform } from '../platform.ts';
import { createFileJournal } from './file-journal.ts';
import { callOverHttp, hasProxy } from './http-exchange.ts';
import { fetchOverHttp } from './http-fetch.ts';
import { putOverHttp } from './http-put.ts';
import { mimeTypeOf } from './mime-type.ts';

/** The global fetch, but through proxies, and with the cause's message in place of "fetch failed". */
const explainingFetch: typeof fetch = async (...request) => {
  try {
    const [url, { headers, signal } = {}] = request;
    if (typeof url === 'string' && hasProxy(url)) {
      return await fetchOverHttp(url, {
        headers: Object.fromEntries(new Headers(headers)),
        ...(signal && { signal }),
      });
    }
    return await fetch(...request);
  } catch (error) {
    const { cause } = error as { cause?: Partial<NodeJS.ErrnoException> };
    throw cause ? new TypeError(cause.message || cause.code, { cause: error }) : error;
  }
};

/**
 * Node, and Deno and Bun, which have its modules.
 * @param openFile opens a local file
 */
const createNodePlatform = (openFile: typeof openPath | ReturnType<typeof createBlockingOpen>): Platform => ({
  put: putOverHttp,
  call: callOverHttp,
  fetch: explainingFetch,
  open(input, wait, size) {
    if (isPath(input)) return openFile(input instanceof URL ? input : input.path, wait);
    if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) return openBytes(input);
    return openSource(input, wait, size);
  },
  journal: (directory) => createFileJournal(directory ?? join(homedir(), '.cache', 'bkend-storage')),
  mimeTypeOf,
  createHash() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  },
  expectListeners: (signal) => setMaxListeners(0, signal),
});

export const nodePlatform = createNodePlatform(openPath);
export const blockingNodePlatform = createNodePlatform(createBlockingOpen());
