import type { Limits } from '@bkend/storage-contract';
import type { File } from '../../files/file.ts';
import type { Originals } from '../cache/originals.ts';
import type { FoundRendition, Renditions } from '../cache/renditions.ts';
import type { FairQueue, Flow } from '../concurrency/fair-queue.ts';
import type { Estimate, Estimates } from '../cost/estimates.ts';
import type { Faces } from '../faces/faces.ts';
import { type ImageWork, makeImage, type SourceFile } from '../make-image.ts';
import type { ImagesMetrics } from '../metrics.ts';
import type { RendererPool } from '../renderers/renderer-pool.ts';
import type { Rendition } from '../transform/rendition.ts';
import type { NegotiatedRendition } from './negotiate.ts';

/** The queues in which work waits for a slot. */
export interface ImageQueues {
  /** Reading originals for their headers. */
  readonly reading: FairQueue;
  /** Work in the host's own process. */
  readonly inHost: FairQueue;
  readonly renderer: FairQueue;
  /** Decoding formats that libvips does not read. */
  readonly decoding: FairQueue;
}

export interface FindOrRenderDeps {
  readonly renditions: Renditions;
  readonly estimates: Estimates;
  readonly queues: ImageQueues;
  readonly originals: Originals;
  readonly renderers: RendererPool;
  /** Absent without a face detector. */
  readonly faces?: Faces;
  readonly limits: Limits;
  readonly metrics: ImagesMetrics;
}

export interface Requester {
  /** Network address of the client. */
  readonly client: string;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Finds a rendition in the caches, or makes it, in the format that `Accept` leads to: its cost is estimated, it waits in a queue for a
 * slot, and is made in this process or in a renderer. When no client waits any more, it leaves the queue, and its renderer is ended.
 * @throws as `makeImage` does, `common/invalid-parameters` for a cost above the budget, `common/unavailable` when the queue is full
 * or the deadline has passed
 */
export async function findOrRender(
  deps: FindOrRenderDeps,
  negotiated: NegotiatedRendition,
  requester: Requester,
): Promise<SettledRendition> {
  let asked = negotiated;
  for (;;) {
    const found = await findOrRenderOne(deps, asked, requester);
    const settled = asked.settle(found.rendition.contentType);
    if (settled.fits && found.rendition.bytes.length > 0) return { ...found, negotiated: settled.negotiated };
    asked = settled.negotiated;
  }
}

/** A rendition, and the request for it with the key of its format. */
export interface SettledRendition extends FoundRendition {
  readonly negotiated: NegotiatedRendition;
}

/** The name of a file's owner, by which queues are fair. */
export function ownerOf({ tenant, ownerType, ownerId }: File): string {
  return `${tenant} ${ownerType} ${ownerId}`;
}

/** Looks in the caches alone. Without a rendition, the request has the best key that is known. */
export async function findSettled(
  { renditions }: Pick<FindOrRenderDeps, 'renditions'>,
  negotiated: NegotiatedRendition,
): Promise<SettledRendition | { readonly negotiated: NegotiatedRendition; readonly rendition?: never }> {
  let asked = negotiated;
  for (;;) {
    const found = await renditions.find(asked.key);
    if (!found) return { negotiated: asked };
    if (found.rendition.bytes.length > 0) {
      return { ...found, negotiated: asked.settle(found.rendition.contentType).negotiated };
    }
    asked = asked.settle(found.rendition.contentType).negotiated;
  }
}

function findOrRenderOne(
  deps: FindOrRenderDeps,
  negotiated: NegotiatedRendition,
  { client, signal }: Requester,
): Promise<FoundRendition> {
  const flow: Flow = { client, owner: ownerOf(negotiated.file) };
  let estimate: Estimate = { costMs: 0, isGuess: true, where: 'renderer' };
  return deps.renditions.get(
    negotiated.key,
    {
      enqueue: async (work, wanted) => {
        estimate = await deps.estimates.estimate(negotiated, flow, wanted);
        const { where, costMs } = estimate;
        const slot = { flow, costMs, signal: wanted };
        // libvips cannot be interrupted in this process: work that has begun here is finished, and its rendition kept.
        return deps.queues[where].run(slot, () => work(where === 'renderer' ? wanted : undefined));
      },
      keyOf: ({ contentType }) => negotiated.keyOf(contentType),
      make: (wanted) => makeRendition(deps, negotiated, { estimate, flow, signal: wanted }),
    },
    signal,
  );
}

async function makeRendition(
  deps: FindOrRenderDeps,
  { file, overlays, plan, accepted }: NegotiatedRendition,
  { estimate, flow, signal }: { estimate: Estimate; flow: Flow; signal: AbortSignal },
): Promise<Rendition> {
  const sourceOf = (of: File): SourceFile => ({
    key: of.key,
    etag: of.etag,
    mimeType: of.mimeType,
    original: deps.originals.of(of),
  });
  const { limits } = deps;
  const work: ImageWork = { file: sourceOf(file), overlays: overlays.map(sourceOf), plan, accepted, limits };
  const { rendition, parts } =
    estimate.where === 'inHost'
      ? await makeImage(work, deps.faces)
      : await deps.renderers.make({ work, flow, estimate, signal });
  for (const [part, milliseconds] of parts) deps.metrics.timed(part, rendition.contentType, milliseconds);
  return rendition;
}
