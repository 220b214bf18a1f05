import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '@bkend/storage-contract';
import { accessDenied } from '../files/access.ts';
import type { Caller } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { uploadNotFound } from './file-key.ts';
import type { Upload } from './upload.ts';

/** An upload that one attempt has claimed; no other attempt holds it. */
export interface HeldUpload {
  readonly upload: Upload;
  readonly attempt: string;
}

/** Shorter than a request waits, so that a waiting request gets the upload of a process that died. */
const leaseSeconds = 8;
const renewalSeconds = 2;
/** Time that a request waits for another attempt at the same upload, and for its own. */
const timeoutSeconds = 25;
const pauseMs = { first: 25, longest: 500 };

type Deps = Pick<UploadsDeps, 'uploads' | 'clock'>;

/**
 * Claims the upload for a new attempt. While another attempt holds it, this one waits.
 * @throws `file/access-denied`; `file/upload-not-found`, also when it has been registered meanwhile; `common/unavailable`
 * when the other attempt takes longer than 25 s
 */
export async function holdUpload(deps: Deps, caller: Caller, key: string): Promise<HeldUpload> {
  const attempt = randomUUID();
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (let pause = pauseMs.first; ; pause = Math.min(pause * 2, pauseMs.longest)) {
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
    // Without renewal the attempt may lose the upload to another; its registration then finds that out.
    deps.uploads.renewClaim({ tenant, key, attempt: held.attempt, leaseUntil }).catch(() => undefined);
  }, renewalSeconds * 1000);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
  }
}

/** The result of `work`, or an error after 25 s, `common/unavailable` unless another is given; the work then goes on. */
export async function withinTimeout<T>(work: Promise<T>, tooLate = stillSealing): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), timeoutSeconds * 1000);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
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
