import type { IncomingMessage, ServerResponse } from 'node:http';
import { namesOneHost } from '@bkend/http';
import type { ServiceCredentials } from './auth/authenticate.ts';
import { VerifiedUrlCache } from './auth/verified-url-cache.ts';
import { BlobDirectory } from './blobs/blob-directory.ts';
import { BlobPurger } from './blobs/blob-purger.ts';
import { SlabPool } from './blobs/blob-writer.ts';
import { DigestThread } from './checksums/digests.ts';
import { makeDirectoryDurably, syncDirectory } from './directory/durable-directory.ts';
import { acquireLock } from './directory/lock.ts';
import { type AdmitUnsigned, type HandlerDeps, handleRequest } from './handle-request.ts';
import type { RequestReport } from './http/exchange.ts';
import { type TransferLimits, TransferWatch } from './http/transfer-watch.ts';
import { bucketKey, idKey } from './index/keys.ts';
import type { CorsRule } from './index/records.ts';
import { checkFormat } from './index/store-format.ts';
import { openIndex } from './index/store-index.ts';
import { changeBucket, createBucket } from './objects/bucket.ts';
import type { StoreDeps } from './objects/store-deps.ts';
import { StoreHealth } from './objects/store-health.ts';

export interface StoreOptions {
  /** Absolute path; created if it is missing. Everything in it belongs to the store. */
  readonly directory: string;
  /** The key that opens everything: every bucket, every operation. */
  readonly credentials: ServiceCredentials;
  /** The one region for which signatures are accepted. Default `us-east-1`. */
  readonly region?: string;
  /** Buckets that are created if they are missing. Default none; clients may create more. */
  readonly buckets?: readonly string[];
  /** CORS rules for those of `buckets` that have none. */
  readonly cors?: readonly CorsRule[];
  /** Host below which buckets have hosts of their own, `<bucket>.<baseDomain>`; without a port. */
  readonly baseDomain?: string;
  /** Source of the time; for tests. */
  readonly clock?: () => Date;
  /** Called once for each request, when its answer has been sent or its connection has ended. */
  readonly onRequest?: (report: RequestReport) => void;
  /** Limits requests without a valid signature; see `AdmitUnsigned`. All are answered by default. */
  readonly admitUnsigned?: AdmitUnsigned;
  /** Time limits for slow clients. */
  readonly transfers?: Partial<TransferLimits>;
  /** Called before the store looks at a request. @returns true if it has answered the request, for example a health check */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export type StoreHealthReport = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** An open store; `createStoreServer` puts it on a port. */
export interface Store {
  /** Listener for `request`, `checkContinue` and `checkExpectation` of an HTTP server. Never throws or rejects. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether the store can write: after a failed fsync it only reads, until it is opened again. */
  health(): StoreHealthReport;
  /** Waits for writes in progress and releases the directory. Called when no more requests arrive. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The parts of a store, without a protocol. */
interface OpenedStore {
  readonly deps: StoreDeps;
  /** Waits for writes in progress and releases the directory. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens an object store that speaks the S3 API. An interrupted write of an earlier process is undone or completed first. One process at a
 * time may have a directory open.
 *
 * @param options `directory` and `credentials` are required
 * @returns the store, closed by `Symbol.asyncDispose`
 * @throws LockHeldError when another process has the directory open; S3Error `InvalidBucketName`; Error when a newer version has
 *   written the directory, or when it cannot be read or written
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { region = 'us-east-1' } = options;
  const opened = await openStoreDeps(options);
  const store = opened.deps;
  const transfers = new TransferWatch(options.transfers);
  const deps: HandlerDeps = {
    store,
    region,
    access: {
      region,
      credentials: options.credentials,
      accessKeys: store.index.tables.accessKeys,
      clock: store.clock,
    },
    urls: new VerifiedUrlCache(),
    baseDomain: options.baseDomain,
    onRequest: options.onRequest,
    admitUnsigned: options.admitUnsigned,
    transfers,
  };
  return {
    handler(request, response) {
      const { handle } = options;
      if (handle !== undefined && namesOneHost(request) && handle(request, response)) return;
      void handleRequest(deps, request, response);
    },
    health() {
      const { reason } = store.health;
      return reason === undefined ? { ok: true } : { ok: false, reason };
    },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      transfers[Symbol.dispose]();
    },
  };
}

/** Opens the parts of a store without a protocol, for benchmarks that call its verbs directly. @throws as `openStore` */
export async function openStoreDeps(
  options: Pick<StoreOptions, 'directory' | 'buckets' | 'cors' | 'clock'>,
): Promise<OpenedStore> {
  const { directory, buckets = [] } = options;
  await makeDirectoryDurably(directory);
  const lock = await acquireLock(directory, 'store');
  try {
    await checkFormat(directory);
  } catch (error) {
    await lock.release();
    throw error;
  }
  const index = openIndex(directory);
  // LMDB syncs the content of its files, not their names.
  await syncDirectory(index.path);
  const blobs = await BlobDirectory.open(directory);
  const purger = new BlobPurger(index, blobs);
  const digestThread = new DigestThread();
  const deps: StoreDeps = {
    index,
    blobs,
    digestThread,
    slabs: new SlabPool(),
    purger,
    health: new StoreHealth(directory),
    clock: options.clock ?? (() => new Date()),
  };
  await blobs.recover((id) => index.tables.blobs.get(idKey(id)) !== undefined);
  purger.recover();
  for (const bucket of buckets) await ensureBucket(deps, bucket, options.cors);
  return {
    deps,
    async [Symbol.asyncDispose]() {
      await purger.idle();
      await index[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
      await digestThread[Symbol.asyncDispose]();
      await lock.release();
    },
  };
}

/** Writes nothing for a bucket that is there, so that a store on a full disk opens for reading. */
async function ensureBucket(
  deps: StoreDeps,
  bucket: string,
  cors: readonly CorsRule[] | undefined,
): Promise<void> {
  const existing = deps.index.tables.buckets.get(bucketKey(bucket));
  if (existing === undefined) await createBucket(deps, bucket);
  if (cors === undefined || existing?.cors !== undefined) return;
  await changeBucket(deps, bucket, (record) => ({ ...record, cors }));
}
