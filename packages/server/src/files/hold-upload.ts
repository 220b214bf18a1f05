import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '@bkend/storage-contract';
import type { Caller } from '../identity/caller.ts';
import { accessDenied } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { Upload } from './file.ts';
import { uploadNotFound } from './file-key.ts';

/** An upload that one attempt at registering it holds; no other attempt does. */
export interface HeldUpload {
  readonly upload: Upload;
  readonly attempt: string;
}

/** Shorter than a request waits, so that what a process that died was holding can be had by the request that comes next. */
const leaseSeconds = 8;
const renewalSeconds = 2;
/** How long a request waits for another that is at work on the same upload, and for its own work. */
const patienceSeconds = 25;
const pauseMilliseconds = { first: 25, longest: 500 };

type Deps = Pick<FilesDeps, 'uploads' | 'clock'>;

/**
 * Takes the upload for an attempt of its own. While another attempt is at work it is waited for.
 * @throws `file/access-denied`; `file/upload-not-found`, also when it has been registered meanwhile; `common/unavailable`
 * when the other attempt takes longer than 25 s
 */
export async function holdUpload(deps: Deps, caller: Caller, key: string): Promise<HeldUpload> {
  const attempt = randomUUID();
  const deadline = performance.now() + patienceSeconds * 1000;
  for (let pause = pauseMilliseconds.first; ; pause = Math.min(pause * 2, pauseMilliseconds.longest)) {
    const at = deps.clock();
    const claim = { tenant: caller.tenant, key, attempt, at, leaseUntil: leaseEnd(at) };
    const claimed = await deps.uploads.claim(caller, claim);
    switch (claimed.outcome) {
      case 'claimed':
        return { upload: claimed.upload, attempt };
      case 'access-denied':
        throw accessDenied();
      case 'upload-not-found':
        throw uploadNotFound();
      case 'busy':
        if (performance.now() > deadline) throw stillSealing();
        await sleep(pause);
    }
  }
}

/** Keeps the lease of a held upload from ending while `work` goes on. */
export async function whileHeld<T>(deps: Deps, held: HeldUpload, work: () => Promise<T>): Promise<T> {
  const { tenant, key } = held.upload;
  const renewing = setInterval(() => {
    const leaseUntil = leaseEnd(deps.clock());
    // Should it fail, the attempt may lose the upload to another, and finds so out in the end.
    deps.uploads.renewClaim({ tenant, key, attempt: held.attempt, leaseUntil }).catch(() => undefined);
  }, renewalSeconds * 1000);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
  }
}

/** What `work` comes to, or `common/unavailable` when it takes longer than a client should wait; it then goes on by itself. */
export async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let patience: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    patience = setTimeout(() => reject(stillSealing()), patienceSeconds * 1000);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(patience);
  }
}

function leaseEnd(at: Date): Date {
  return new Date(at.getTime() + leaseSeconds * 1000);
}

function stillSealing(): StorageError {
  return new StorageError('common/unavailable', 'This upload is still being registered; ask again.', {
    details: { retryAfterSeconds: 5 },
  });
}
