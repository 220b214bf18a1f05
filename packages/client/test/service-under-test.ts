import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type ProxiedService,
  type ProxiedServiceOptions,
  startProxiedService,
} from '../../test-support/src/service/proxied-service.ts';
import { createStorage, type Storage, StorageError, type StorageOptions } from '../src/node.ts';

/** The service of a test file, and clients of it. */
export interface ServiceUnderTest {
  /** Available in hooks and tests. */
  readonly service: ProxiedService;
  /** Options of a user's client, through the proxies; short pauses between tries, and no journal. */
  optionsOf(userId: string): StorageOptions;
  /** A user's client in Node, with these options. */
  storageOf(userId: string, options?: Partial<StorageOptions>): Storage;
  /** Directory of a journal, for the option `journal`. */
  journal(): string;
  /** Number of PUTs to the object store. */
  puts(): number;
}

/** Starts a service for the tests of a file, resets its proxies after each test, and stops it at the end. */
export function serviceUnderTest(options?: ProxiedServiceOptions): ServiceUnderTest {
  let started: ProxiedService | undefined;
  beforeAll(async () => {
    started = await startProxiedService(options);
  }, 60_000);
  afterEach(() => {
    started?.api.calm();
    started?.objects.calm();
  });
  afterAll(() => started?.[Symbol.asyncDispose](), 60_000);

  const running = () => {
    if (!started) throw new Error('The service starts in beforeAll.');
    return started;
  };
  const optionsOf = (userId: string): StorageOptions => ({
    url: running().api.url,
    apiKey: running().publishableKey,
    imagesUrl: running().imagesUrl,
    accessToken: running().accessToken(userId),
    journal: false,
    retry: { firstDelaySeconds: 0.02, maxDelaySeconds: 0.2 },
  });
  return {
    get service() {
      return running();
    },
    optionsOf,
    storageOf: (userId, own) => createStorage({ ...optionsOf(userId), ...own }),
    journal: () => join(running().directory, 'journal'),
    puts: () => running().objects.seen.filter(({ method }) => method === 'PUT').length,
  };
}

/** The {@link StorageError} that a call rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<StorageError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof StorageError) return error;
  throw new Error('The call did not reject with a StorageError.', { cause: error });
}

/** Bytes of a file, as a client downloads them. */
export async function downloadBytes(storage: Storage, fileId: string): Promise<Buffer> {
  return Buffer.from(await (await storage.download(fileId)).arrayBuffer());
}
