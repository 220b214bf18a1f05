import type { download } from '../download.ts';
import type { Source } from '../source/source.ts';
import type { StorageError } from '../storage-error.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import type { Hash } from '../transport/platform.ts';
import type { StoredFile } from '../wire.ts';
import { createSha256 } from './sha256.ts';
import type { PreparedUpload, UploadContext } from './upload-context.ts';

/** Checks the SHA-256 of one upload. */
export interface IntegrityCheck {
  /** The given source, but each byte read is hashed. */
  readonly source: Source;
  /**
   * Called when all bytes are sent.
   * @param size bytes
   * @returns the upload with `metadata.custom.sha256` in its description
   * @throws `client/checksum-mismatch` when the source has not the expected SHA-256
   */
  sent(prepared: PreparedUpload, size: number): Promise<PreparedUpload>;
  /**
   * Downloads the file, unless `isTrusted`.
   * @throws `client/checksum-mismatch` when its bytes are not those that were sent
   */
  stored(
    context: UploadContext,
    file: StoredFile,
    isTrusted: boolean,
  ): Promise<StoredFile & { sha256: string }>;
}

/** Injected rather than imported: this module is loaded on demand, and imports would split the main bundle. */
export interface IntegrityCheckDeps {
  /** Default: our own implementation. */
  readonly createHash: (() => Hash) | undefined;
  readonly download: typeof download;
  readonly StorageError: typeof StorageError;
  readonly wait: CallerWait;
}

/** Bytes hashed in about 10 ms, even by the slower of the two digests. */
const stepBytes = 2 ** 21;

/** Hashes bytes, and lets a page draw after each step. */
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
 * Hashes the source in order, at most one part behind the sending. Parts that an earlier upload stored are not sent again,
 * so they are read here.
 * @param expected true, or the SHA-256 in hex
 * @throws `client/invalid-input` when it is neither
 */
export function checkIntegrity(
  source: Source,
  expected: true | string,
  { createHash = createSha256, download, StorageError, wait }: IntegrityCheckDeps,
): IntegrityCheck {
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
        // A stream's bytes can be read only once, so they are hashed from memory; a Blob or local file is read again.
        hashing =
          body instanceof Uint8Array
            ? absorbUntil(start).then(() => absorb(body))
            : absorbUntil(start + body.size);
        // Its failure is thrown by the next `read`, or by `sent`.
        hashing.catch(() => {});
        return body;
      },
    },
    async sent(prepared, size) {
      await hashing;
      await absorbUntil(size);
      sha256 = hash.digest();
      if (expected !== true) requireSame(sha256, expected.toLowerCase());
      const { metadata } = prepared.description;
      const custom = { ...metadata?.custom, sha256 };
      return { ...prepared, description: { ...prepared.description, metadata: { ...metadata, custom } } };
    },
    async stored(context, file, isTrusted) {
      if (isTrusted) return { ...file, sha256 };
      context.meter.update({ phase: 'checking' });
      const { body } = await download(context, file.id, context);
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
