import type { download } from './download.ts';
import { createSha256, type Hash } from './sha256.ts';
import type { Source } from './source.ts';
import type { StorageError } from './storage-error.ts';
import type { UploadRun } from './upload-run.ts';
import type { Wait } from './wait.ts';
import type { StoredFile } from './wire.ts';

/** Watches over the bytes of one upload. */
export interface UploadCheck {
  /** To be read in place of the one given: hashes what is read. */
  readonly source: Source;
  /** When all has been sent: throws when that is not what was announced. Else says it in the file's description. */
  sent(run: UploadRun, size: number): Promise<void>;
  /** Reads the file back, and throws when it is not what was sent. */
  stored(run: UploadRun, file: StoredFile): Promise<StoredFile & { sha256: string }>;
}

/** What it takes of the rest: handed in, so that what loads this file on demand stays in one piece. */
export interface UploadCheckDeps {
  readonly createHash: (() => Hash) | undefined;
  readonly download: typeof download;
  readonly StorageError: typeof StorageError;
  readonly wait: Wait;
}

/** Hashed in about a hundredth of a second, even by the slower of the two digests. */
const stepBytes = 2 ** 21;

/** Hashes what it is given, and lets a page draw after each step. */
function hashInSteps(hash: Hash): (bytes: Uint8Array) => Promise<void> {
  let stepped = 0;
  return async (bytes) => {
    for (let start = 0; start < bytes.length; start += stepBytes) {
      const piece = bytes.subarray(start, start + stepBytes);
      hash.update(piece);
      stepped += piece.length;
      if (stepped < stepBytes) continue;
      stepped = 0;
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
}

/**
 * Hashes what is read, in order, at most a part behind. Parts that an earlier upload left in storage nobody else reads:
 * they are read here, to be hashed.
 * @param expected true, or the SHA-256 in hex
 */
export function checkUpload(
  source: Source,
  expected: true | string,
  { createHash = createSha256, download, StorageError, wait }: UploadCheckDeps,
): UploadCheck {
  if (expected !== true && !/^[0-9a-f]{64}$/i.test(expected)) {
    throw new StorageError('client/invalid-input', 'sha256 is true, or 64 hex digits.');
  }
  const hash = createHash();
  let sha256 = '';
  let hashedBytes = 0;
  let hashing: Promise<void> | undefined;

  const hashNext = hashInSteps(hash);
  const absorb = async (bytes: Uint8Array) => {
    await hashNext(bytes);
    hashedBytes += bytes.length;
  };
  const absorbUntil = async (end: number) => {
    while (hashedBytes < end) {
      const piece = await source.read(hashedBytes, Math.min(hashedBytes + stepBytes, end));
      await absorb(piece instanceof Uint8Array ? piece : new Uint8Array(await wait(piece.arrayBuffer())));
    }
  };

  const requireSame = (found: string, expected: string) => {
    if (found === expected) return;
    const message = `The SHA-256 is ${found}, and should be ${expected}: upload the file again.`;
    throw new StorageError('client/checksum-mismatch', message, { details: { found, expected } });
  };

  return {
    source: {
      ...source,
      async read(start, end) {
        await hashing;
        const body = await source.read(start, end);
        // Bytes in memory are all there may be of a stream; anything else can be read again.
        hashing =
          body instanceof Uint8Array
            ? absorbUntil(start).then(() => absorb(body))
            : absorbUntil(start + body.size);
        // Whoever awaits it hears of it.
        hashing.catch(() => {});
        return body;
      },
    },
    async sent(run, size) {
      await hashing;
      await absorbUntil(size);
      sha256 = hash.digest();
      if (expected !== true) requireSame(sha256, expected.toLowerCase());
      const { metadata } = run.description;
      const custom = { ...metadata?.custom, sha256 };
      run.description = { ...run.description, metadata: { ...metadata, custom } };
    },
    async stored(run, file) {
      run.meter.update({ phase: 'checking' });
      const { body } = await download(run, file.id, run);
      const kept = createHash();
      const hashKept = hashInSteps(kept);
      const reader = body?.getReader();
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        await hashKept(next.value);
      }
      requireSame(kept.digest(), sha256);
      return { ...file, sha256 };
    },
  };
}
