import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Clock } from '../../src/files/ports.ts';
import type { OpenedObjectStore } from '../../src/s3/open-object-store.ts';
import { describeBucket } from './bucket.ts';
import { describeCopies } from './copies.ts';
import { describeListing } from './listing.ts';
import { describeMultipart } from './multipart.ts';
import { describeObjects } from './objects.ts';
import { describePresignedUrls } from './presigned-urls.ts';
import { describeVolume } from './volume.ts';

/** Opens the store under test on a bucket, which need not exist. */
export type OpenStore = (options: { readonly bucket: string; readonly clock: Clock }) => OpenedObjectStore;

/** The store and helpers of every part of the contract. */
export interface Subject {
  /** On a bucket that is there. */
  readonly store: OpenedObjectStore;
  /** The same bucket, as a signer sees it whose clock shows another time. */
  storeAt(clock: Clock): OpenedObjectStore;
  /** Over a bucket that does not exist yet. */
  storeOnNewBucket(): OpenedObjectStore;
}

/**
 * The behaviour that the service relies on in any object store: the port's promises, and what a client with nothing
 * but `fetch` and a presigned URL can and cannot do. Run it inside a test file whose `beforeAll` makes `open` usable.
 */
export function objectStoreContract(name: string, open: OpenStore): void {
  describeStore(name, open, [
    describePresignedUrls,
    describeObjects,
    describeCopies,
    describeMultipart,
    describeListing,
    describeBucket,
  ]);
}

/** The part of the contract that takes thousands of requests. */
export function objectStoreVolumeContract(name: string, open: OpenStore): void {
  describeStore(name, open, [describeVolume]);
}

function describeStore(name: string, open: OpenStore, parts: readonly ((subject: Subject) => void)[]): void {
  describe(name, () => {
    const opened: AsyncDisposable[] = [];
    const openOn = (bucket: string, clock: Clock = () => new Date()) => {
      const store = open({ bucket, clock });
      opened.push(store);
      return store;
    };
    const bucket = newBucketName();
    let store: OpenedObjectStore | undefined;
    const subject: Subject = {
      get store() {
        store ??= openOn(bucket);
        return store;
      },
      storeAt: (clock) => openOn(bucket, clock),
      storeOnNewBucket: () => openOn(newBucketName()),
    };

    beforeAll(() => subject.store.ensureBucket());
    afterAll(async () => {
      for (const each of opened) await each[Symbol.asyncDispose]();
    });

    for (const part of parts) part(subject);
  });
}

function newBucketName(): string {
  return `contract-${randomUUID()}`;
}
