import type { IncomingMessage, ServerResponse } from 'node:http';
import { acquireLock } from '../data-dir/lock.ts';
import { namesOneHost } from '../http/names-one-host.ts';
import type { ServiceCredentials } from './auth/access-keys.ts';
import { BlobDirectory } from './disk/blob-directory.ts';
import { DigestThread } from './disk/digest-thread.ts';
import { makeDirectoryDurably, syncDirectory } from './disk/durable-directory.ts';
import { checkFormat } from './disk/format.ts';
import { SlabPool } from './disk/slab-pool.ts';
import { bucketKey, idKey } from './index/keys.ts';
import type { CorsRule } from './index/records.ts';
import { openIndex } from './index/store-index.ts';
import { BlobPurger } from './objects/blob-purger.ts';
import { changeBucket, createBucket } from './objects/bucket.ts';
import type { StoreDeps } from './objects/deps.ts';
import { StoreHealth } from './objects/store-health.ts';
import type { RequestReport } from './protocol/exchange.ts';
import { type AdmitUnsigned, type HandlerDeps, handleRequest } from './protocol/handle-request.ts';
import { RememberedUrls } from './protocol/remembered-urls.ts';
import { type TransferLimits, TransferWatch } from './protocol/transfer-watch.ts';

export interface StoreOptions {
  /** Absolute; made if need be. The store owns all that is in it. */
  readonly dataDir: string;
  /** The one region signatures are accepted for. */
  readonly region: string;
  /** The service's own, which open everything. */
  readonly credentials: ServiceCredentials;
  /** Made if they are not there. */
  readonly buckets: readonly string[];
  /** The CORS rules of those that have none. */
  readonly cors?: readonly CorsRule[];
  /** Serve `<bucket>.<baseDomain>` too; without a port. */
  readonly baseDomain?: string;
  readonly clock?: () => Date;
  /** Called once for every request, when it is over. */
  readonly onRequest?: (report: RequestReport) => void;
  /** Limits requests without a valid signature; see `AdmitUnsigned`. All are answered unless given. */
  readonly admitUnsigned?: AdmitUnsigned;
  /** How slow clients may be. */
  readonly transfers?: Partial<TransferLimits>;
  /** Called first; true means it has taken care of the request. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export type StoreHealthReport = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** An open store; see create-store-server.ts for putting it on a port. */
export interface Store {
  /** For `request` and `checkContinue` of an HTTP server. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  health(): StoreHealthReport;
  /** Waits for writes under way; to be called when no more requests come in. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a store consists of, without a protocol. */
export interface OpenedStore {
  readonly deps: StoreDeps;
  /** Waits for writes under way, and lets go of the directory. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the store in a directory, finishes what a crash interrupted, and makes the buckets.
 *
 * @throws LockHeldError when another process has it open; Error when a newer version has written it
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const opened = await openStoreDeps(options);
  const store = opened.deps;
  const transfers = new TransferWatch(options.transfers);
  const deps: HandlerDeps = {
    store,
    region: options.region,
    access: {
      region: options.region,
      credentials: options.credentials,
      accessKeys: store.index.tables.accessKeys,
      clock: store.clock,
    },
    urls: new RememberedUrls(),
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

/** The same without a protocol, for what works on a store directly. */
export async function openStoreDeps(
  options: Pick<StoreOptions, 'dataDir' | 'buckets' | 'cors' | 'clock'>,
): Promise<OpenedStore> {
  const { dataDir } = options;
  await makeDirectoryDurably(dataDir);
  const lock = await acquireLock(dataDir, 'store');
  try {
    await checkFormat(dataDir);
  } catch (error) {
    await lock.release();
    throw error;
  }
  const index = openIndex(dataDir);
  // LMDB syncs what is in its files, not that they are there.
  await syncDirectory(index.path);
  const blobs = await BlobDirectory.open(dataDir);
  const purger = new BlobPurger(index, blobs);
  const digestThread = new DigestThread();
  const deps: StoreDeps = {
    index,
    blobs,
    digestThread,
    slabs: new SlabPool(),
    purger,
    health: new StoreHealth(dataDir),
    clock: options.clock ?? (() => new Date()),
  };
  await blobs.recover((id) => index.tables.blobs.get(idKey(id)) !== undefined);
  purger.recover();
  for (const bucket of options.buckets) await ensureBucket(deps, bucket, options.cors);
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

/** What is there already takes no write, so that a store on a full disk opens for reading. */
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
