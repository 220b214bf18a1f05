import { createHash } from 'node:crypto';
import { type ImageFormat, type ImagePlan, imagePlanKey } from '@bkend/storage-contract';
import type { File } from '../../files/file.ts';

/** What identifies a result: of which file, and which result. Both are digests in hex. */
export interface ResultKey {
  readonly source: string;
  readonly result: string;
}

/** Raised whenever the same plan would give other bytes than before. */
const renderingVersion = 1;

export interface ResultIdentity {
  readonly file: Pick<File, 'key' | 'etag'>;
  readonly overlays: readonly Pick<File, 'key' | 'etag'>[];
  readonly plan: ImagePlan;
  /** What the client takes; nothing when the plan names a format. */
  readonly accepted: readonly ImageFormat[];
}

/** The same for whatever asks for the same result, known before any work: never the URL as it was written. */
export function resultKey({ file, overlays, plan, accepted }: ResultIdentity): ResultKey {
  const formats = plan.output.format === undefined && !plan.meta ? accepted : [];
  const parts = [
    renderingVersion,
    file.etag,
    overlays.map(({ key, etag }) => [key, etag]),
    formats,
    imagePlanKey(plan),
  ];
  return { source: sourceKey(file.key), result: digest(`${file.key}\n${JSON.stringify(parts)}`) };
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
