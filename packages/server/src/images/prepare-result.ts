import type { IncomingHttpHeaders } from 'node:http';
import { type ImageFormat, type ImagePlan, imagePlanKey } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import { type ResultKey, resultEtag, resultKey } from './cache/result-key.ts';
import { asksForFaces } from './faces/faces.ts';
import { acceptedFormats } from './http/accepted-formats.ts';
import { applyHints, hintHeaders } from './http/client-hints.ts';
import type { HeaderList } from './http/exchange.ts';
import type { ResultHead } from './http/send-result.ts';
import type { ResultRequest } from './make-result.ts';
import type { ResolvedImage } from './resolve-image.ts';

/** Everything about a result but its bytes; nothing has been read or decoded for it. */
export interface PreparedResult extends ResultHead, ResultRequest {
  readonly key: ResultKey;
}

export interface PrepareInput {
  readonly resolved: Omit<ResolvedImage, 'plan'>;
  readonly plan: ImagePlan;
  readonly cacheControl: string;
  readonly clientHints: boolean;
  /** The name of the face detector; absent without one. */
  readonly faceDetector?: string | undefined;
}

/** Settles with the request's headers what is to be sent, in which format, and by which name it is known. */
export function prepareResult(
  { resolved, plan: asked, cacheControl, clientHints, faceDetector }: PrepareInput,
  headers: IncomingHttpHeaders,
): PreparedResult {
  const { file, overlays, delivery } = resolved;
  const plan = clientHints ? applyHints(asked, headers) : asked;
  const negotiated = plan.output.format === undefined && !plan.meta;
  const accepted: readonly ImageFormat[] = negotiated ? acceptedFormats(headers.accept, file.mimeType) : [];
  const planKey = plan === asked ? resolved.planKey : imagePlanKey(plan);
  const key = resultKey({
    ...{ file, overlays, planKey, accepted },
    faceDetector: asksForFaces(plan) ? faceDetector : undefined,
  });
  const etag = resultEtag(key);
  const vary = [...(negotiated ? ['Accept'] : []), ...(clientHints ? hintHeaders : [])];
  const about = headersOf({ vary, clientHints, ignored: resolved.ignoredFilters });
  return {
    file,
    plan,
    overlays,
    accepted,
    key,
    etag,
    headers: ['ETag', etag, 'Cache-Control', cacheControl, ...about],
    provisionalHeaders: ['Cache-Control', 'no-store', ...about],
    attachment: savedAs(file, delivery.attachment),
  };
}

function headersOf(facts: {
  vary: readonly string[];
  clientHints: boolean;
  ignored: readonly string[];
}): HeaderList {
  const { vary, clientHints, ignored } = facts;
  return [
    ...(clientHints ? ['Accept-CH', 'Sec-CH-DPR, Sec-CH-Width'] : []),
    ...(vary.length > 0 ? ['Vary', vary.join(', ')] : []),
    ...(ignored.length > 0 ? ['X-Ignored-Filters', ignored.join(', ')] : []),
  ];
}

function savedAs(file: File, name: string | undefined): string | undefined {
  return name === '' ? file.originalName : name;
}
