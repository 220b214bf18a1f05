import { createHash } from 'node:crypto';
import type { ImageFormat } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { engineVersion } from '../pipeline/engine.ts';

/** What identifies a result: of which file, and which result. Both are digests in hex. */
export interface ResultKey {
  readonly source: string;
  readonly result: string;
}

/** Raised whenever the same plan would give other bytes than before. */
const renderingVersion = 7;

/** Hashing costs more than finding what was hashed a moment ago. */
const digests = new LRUCache<string, ResultKey>({ max: 5_000 });

export interface ResultIdentity {
  readonly file: Pick<File, 'key' | 'etag'>;
  readonly overlays: readonly Pick<File, 'key' | 'etag'>[];
  /** Equal for equal plans. */
  readonly planKey: string;
  /** The name of the face detector that the result is cut by; absent without one. */
  readonly faceDetector?: string | undefined;
  /** What the client takes; nothing where the plan leaves no choice. */
  readonly accepted: readonly ImageFormat[];
}

/** The same for whatever asks for the same result, known before any work: never the URL as it was written. */
export function resultKey(identified: ResultIdentity): ResultKey {
  const { file, overlays, planKey, faceDetector, accepted } = identified;
  const laidOver = overlays.map(({ key, etag }) => `${key}\n${etag}\n`).join('');
  const identity = `${renderingVersion} ${engineVersion}\n${file.key}\n${file.etag}\n${laidOver}${accepted.join()}\n${planKey}${faceDetector ? `\n${faceDetector}` : ''}`;
  const known = digests.get(identity);
  if (known) return known;
  const key = { source: sourceKey(file.key), result: digest(identity) };
  digests.set(identity, key);
  return key;
}

export function sourceKey(key: string): string {
  return digest(key);
}

/** The tag of a result, with its quotes; it says nothing of the key or the plan. */
export function resultEtag({ result }: ResultKey): string {
  return `"${result}"`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
