import { createHash } from 'node:crypto';
import type { ImageFormat } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { engineVersion } from '../transform/engine.ts';

/** Identifies a rendition: by its source and by everything else it depends on. Both are digests in hex. */
export interface RenditionKey {
  readonly source: string;
  readonly result: string;
}

/** To be raised whenever the same plan gives other bytes than before. */
const renditionVersion = 9;

/** Digests of the last identities: hashing costs more than a look-up. */
const digests = new LRUCache<string, RenditionKey>({ max: 5_000 });

export interface RenditionIdentity {
  readonly file: Pick<File, 'key' | 'etag'>;
  readonly overlays: readonly Pick<File, 'key' | 'etag'>[];
  /** Equal for equal plans. */
  readonly planKey: string;
  /** Name of the face detector by which it is cropped; absent without one. */
  readonly faceDetector?: string | undefined;
  /** The format, where `Accept` decides it; absent for the one of the plan or of the source. */
  readonly format?: ImageFormat | undefined;
}

/** Equal for all requests for the same rendition, and known before any work; the URL as written is no part of it. */
export function renditionKey(identified: RenditionIdentity): RenditionKey {
  const { file, overlays, planKey, faceDetector, format } = identified;
  const laidOver = overlays.map(({ key, etag }) => `${key}\n${etag}\n`).join('');
  const identity = `${renditionVersion} ${engineVersion}\n${file.key}\n${file.etag}\n${laidOver}${format ?? ''}\n${planKey}${faceDetector ? `\n${faceDetector}` : ''}`;
  const known = digests.get(identity);
  if (known) return known;
  const key = { source: sourceKey(file.key), result: digest(identity) };
  digests.set(identity, key);
  return key;
}

export function sourceKey(key: string): string {
  return digest(key);
}

/** The ETag of a rendition, with its quotes; neither key nor plan can be read from it. */
export function renditionEtag({ result }: RenditionKey): string {
  return `"${result}"`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
