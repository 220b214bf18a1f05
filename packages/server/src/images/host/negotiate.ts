import type { IncomingHttpHeaders } from 'node:http';
import { type ImageFormat, type ImagePlan, imagePlanKey } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { essenceOf } from '../../files/mime-type.ts';
import type { FileLookup } from '../cache/file-lookup.ts';
import { type RenditionKey, renditionEtag, renditionKey } from '../cache/rendition-key.ts';
import type { RenditionRequest } from '../cost/estimates.ts';
import { asksForFaces } from '../faces/faces.ts';
import { mediaType } from '../transform/encode.ts';
import type { ResolveDeps, ResolvedImage } from './resolve.ts';
import type { HeaderList, RenditionHead } from './respond.ts';

/**
 * A rendition as the headers of a request ask for it: everything but its bytes. Nothing is read or decoded yet. Key and ETag are those
 * of a format. Whether a result can have the best one that `Accept` names is known only when it has been made: AVIF is not made of
 * animations and large images.
 */
export interface NegotiatedRendition extends RenditionHead, RenditionRequest {
  readonly key: RenditionKey;
  /** The result has this key whatever its source is. */
  readonly isSettled: boolean;
  /** The key of a result of this type, equal for every `Accept` that leads to it. */
  readonly keyOf: (contentType: string) => RenditionKey;
  /** The same request after a result of this type came of it; `fits` when that is the answer to it. */
  readonly settle: (contentType: string) => {
    readonly negotiated: NegotiatedRendition;
    readonly fits: boolean;
  };
}

export interface NegotiateInput {
  readonly resolved: Omit<ResolvedImage, 'plan'>;
  readonly plan: ImagePlan;
  readonly cacheControl: string;
  readonly clientHints: boolean;
  /** Name of the face detector; absent without one. */
  readonly faceDetector?: string | undefined;
}

/** Settles formats, plan, ETag and headers of a rendition by the headers of its request. */
export function negotiate(
  { resolved, plan: requested, cacheControl, clientHints, faceDetector }: NegotiateInput,
  headers: IncomingHttpHeaders,
): NegotiatedRendition {
  const { file, overlays, delivery } = resolved;
  const plan = clientHints ? applyHints(requested, headers) : requested;
  const byAccept = plan.output.format === undefined && !plan.meta;
  const planKey = plan === requested ? resolved.planKey : imagePlanKey(plan);
  const identity = { file, overlays, planKey, faceDetector: asksForFaces(plan) ? faceDetector : undefined };
  const vary = [...(byAccept ? ['Accept'] : []), ...(clientHints ? hintHeaders : [])];
  const common = commonHeaders({ vary, clientHints, ignored: resolved.ignoredFilters });
  const provisionalHeaders: HeaderList = ['Cache-Control', 'no-store', ...common];
  const attachment = delivery.attachment === '' ? file.originalName : delivery.attachment;
  const keyOf = (contentType: string) =>
    renditionKey({ ...identity, format: byAccept ? modernOf(contentType) : undefined });
  const ask = (accepted: readonly ImageFormat[], isSettled: boolean): NegotiatedRendition => {
    const [format] = accepted;
    const key = renditionKey({ ...identity, format });
    const etag = renditionEtag(key);
    const headers = ['ETag', etag, 'Cache-Control', cacheControl, ...common];
    const negotiated: NegotiatedRendition = {
      ...{ file, plan, overlays, accepted, key, etag, isSettled, keyOf },
      ...{ headers, provisionalHeaders, attachment },
      settle: (contentType) => {
        const made = byAccept ? modernOf(contentType) : undefined;
        if (made === format) return { negotiated: isSettled ? negotiated : ask(accepted, true), fits: true };
        // The source itself has a modern format.
        if (format === undefined) return { negotiated: ask(made ? [made] : [], true), fits: true };
        const rest = accepted.slice(1);
        return { negotiated: ask(rest, made === rest[0]), fits: made === rest[0] };
      },
    };
    return negotiated;
  };
  const accepted = byAccept ? decisive(acceptedFormats(headers.accept, file.mimeType)) : [];
  return ask(accepted, !byAccept || isCertain(accepted, file.mimeType));
}

/** The format of a type, where some clients do not support it; undefined for the other types. */
function modernOf(contentType: string): ImageFormat | undefined {
  return modern.find((format) => contentType === mediaType(format));
}

/** The formats up to the one that every result can have. */
function decisive(accepted: readonly ImageFormat[]): readonly ImageFormat[] {
  return accepted.slice(0, accepted.indexOf('webp') + 1 || accepted.length);
}

function isCertain([format]: readonly ImageFormat[], ownType: string): boolean {
  return format === 'webp' || (format === undefined && modernOf(essenceOf(ownType)) === undefined);
}

function commonHeaders(facts: {
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

/**
 * Public files may be kept by every cache for a while, others by their viewer's browser; neither beyond their expiry. There is
 * `must-revalidate` and no `stale-while-revalidate` (RFC 5861), so that a file that is hidden or deleted is gone from caches
 * downstream after `maxAgeSeconds`.
 */
export function cacheControlOf(
  { settings, clock }: Pick<ResolveDeps, 'settings' | 'clock'>,
  { access, delivery }: Pick<ResolvedImage, 'access' | 'delivery'>,
): string {
  const ends = [delivery.expiresAtMs, access.kind === 'viewer' ? access.expiresAt.getTime() : undefined];
  const leftSeconds = ends.map((end) => (end === undefined ? Infinity : (end - clock().getTime()) / 1000));
  const maxAge = Math.max(0, Math.floor(Math.min(settings.maxAgeSeconds, ...leftSeconds)));
  return access.kind === 'viewer'
    ? `private, max-age=${maxAge}`
    : `public, max-age=${maxAge}, must-revalidate`;
}

const maxRemembered = 5_000;
/** Length of path and headers together. Longer ones are rare, and many of them could fill memory. */
const maxNameLength = 2_000;

/**
 * Negotiated renditions by path and headers, so that a popular image is answered without parsing its URL again. An entry is valid
 * while the look-up still believes the records that it was made from: whatever makes the look-up drop a file, its time or a
 * notification, ends the entry as well. Bytes are cached elsewhere, under their rendition key.
 */
export class NegotiationCache {
  readonly #files: FileLookup;
  readonly #headers: readonly string[];
  readonly #entries = new LRUCache<string, NegotiatedRendition>({ max: maxRemembered });

  /** @param headers names of the request headers that change a response */
  constructor(files: FileLookup, headers: readonly string[]) {
    this.#files = files;
    this.#headers = headers.map((name) => name.toLowerCase());
  }

  find(path: string, headers: IncomingHttpHeaders): NegotiatedRendition | undefined {
    const negotiated = this.#entries.get(this.#nameOf(path, headers));
    return negotiated && this.#isValid(negotiated) ? negotiated : undefined;
  }

  /** For responses that are equal for all clients, at any time while the files are unchanged. */
  put(path: string, headers: IncomingHttpHeaders, negotiated: NegotiatedRendition): void {
    const name = this.#nameOf(path, headers);
    if (name.length <= maxNameLength) this.#entries.set(name, negotiated);
  }

  #isValid({ file, overlays }: NegotiatedRendition): boolean {
    return this.#isBelieved(file) && overlays.every((overlay) => this.#isBelieved(overlay));
  }

  #isBelieved(file: File): boolean {
    return this.#files.peek(file.key) === file;
  }

  #nameOf(path: string, headers: IncomingHttpHeaders): string {
    let name = path;
    // Neither a header nor a path contains a line break.
    for (const header of this.#headers) name += `\n${headers[header] ?? ''}`;
    return name;
  }
}

/** Formats that not every client supports, best first. */
const modern = ['avif', 'webp'] as const;

const none: readonly ImageFormat[] = [];
const read = new LRUCache<string, readonly ImageFormat[]>({ max: 500 });

/**
 * The formats among AVIF and WebP that `Accept` names, by the client's preference (RFC 9110, section 12.5.1). A wildcard does not
 * count: clients send one whether they support AVIF or not. A format is left out when the client names the original's type and
 * prefers that.
 */
export function acceptedFormats(header: string | undefined, ownType: string): readonly ImageFormat[] {
  if (header === undefined || header.length > 1000) return none;
  // Browsers send one of a few values, with every image.
  const name = `${ownType}\n${header}`;
  const known = read.get(name);
  if (known) return known;
  const formats = readAccept(header, ownType);
  read.set(name, formats);
  return formats;
}

function readAccept(header: string, ownType: string): ImageFormat[] {
  const qualities = new Map<string, number>();
  for (const range of header.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const quality = q === undefined ? 1 : Number(q);
    qualities.set(type, Number.isFinite(quality) ? Math.min(Math.max(quality, 0), 1) : 0);
  }
  const qualityOf = (format: ImageFormat) => qualities.get(`image/${format}`) ?? 0;
  const own = qualities.get(ownType) ?? 0;
  return modern
    .filter((format) => qualityOf(format) > 0 && qualityOf(format) >= own)
    .sort((a, b) => qualityOf(b) - qualityOf(a));
}

/** Request headers that change a rendition when the operator has enabled client hints. */
export const hintHeaders = ['Save-Data', 'Sec-CH-DPR', 'Sec-CH-Width'] as const;

type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

const maxDevicePixelRatio = 3;
const thriftyQuality = 50;

/** Widths are rounded up to a multiple of this, so that screens of similar widths share a rendition. */
const widthStepPx = 50;

/**
 * Applies client hints to a plan: sides are multiplied by the device's pixel ratio, a free width is that of the client's layout,
 * and `Save-Data` lowers the quality. Settings of the URL have precedence.
 */
function applyHints(plan: ImagePlan, headers: RequestHeaders): ImagePlan {
  const ratio = readNumber(headers['sec-ch-dpr'], maxDevicePixelRatio) ?? 1;
  const layoutWidth = readNumber(headers['sec-ch-width'], 100_000);
  const times = (side: ImagePlan['width']) => (side === 'orig' ? side : Math.round(side * ratio));
  const unsized = plan.width === 0 && plan.height === 0;
  const width =
    unsized && layoutWidth !== undefined
      ? Math.ceil(layoutWidth / widthStepPx) * widthStepPx
      : times(plan.width);
  const saves = headers['save-data'] === 'on' && plan.output.quality === undefined && !plan.output.lossless;
  return {
    ...plan,
    width,
    height: times(plan.height),
    ...(saves && { output: { ...plan.output, quality: thriftyQuality } }),
  };
}

function readNumber(header: string | string[] | undefined, max: number): number | undefined {
  const value = typeof header === 'string' && /^\d{1,6}(?:\.\d{1,6})?$/.test(header) ? Number(header) : 0;
  return value > 0 ? Math.min(value, max) : undefined;
}
