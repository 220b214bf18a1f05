import type { ImageFormat, ImagePlan, Limits } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import type { Originals } from '../cache/originals.ts';
import type { FairQueue, Flow } from '../concurrency/fair-queue.ts';
import { asksForFaces } from '../faces/faces.ts';
import type { Header, Kind } from '../transform/original.ts';
import { examine } from '../transform/source.ts';
import { requireType, unreadable } from '../transform/source-type.ts';
import { affordableCost, guessCost, isMadeInHost } from './budget.ts';
import type { CostedSource } from './cost-of-plan.ts';

export interface EstimatesDeps {
  readonly originals: Originals;
  readonly limits: Limits;
  /** The queue in which originals that are not in memory wait to be read for their headers. */
  readonly reading: FairQueue;
  readonly looksForFaces: boolean;
}

/** A rendition to be made: everything is looked up, nothing is read yet. */
export interface RenditionRequest {
  readonly file: File;
  readonly plan: ImagePlan;
  readonly overlays: readonly File[];
  /** AVIF and WebP as far as `Accept` names them, best first. */
  readonly accepted: readonly ImageFormat[];
}

/** The cost of a rendition, how it came to be known, and the process that makes it. */
export interface Estimate {
  /** Expected CPU time, in milliseconds. */
  readonly costMs: number;
  /** The size in bytes of a source was all that was known. */
  readonly isGuess: boolean;
  /** The host's own process, or a renderer, which can be ended. */
  readonly where: 'inHost' | 'renderer';
}

/** The facts about a file that are known without decoding it. */
interface Facts {
  readonly kind: Kind;
  /** Absent for formats whose header is read in a renderer only. */
  readonly header?: Header;
}

const maxRemembered = 10_000;
/** Expected CPU time for reading 1 MB, in milliseconds. */
const readingCostMs = 10;

/** Formats whose headers do not tell their cost: SVG, and TIFF, a container of a dozen codecs. */
const unpredictable: ReadonlySet<string> = new Set(['svg', 'tiff']);

/** Estimates the cost of renditions before they enter their queue. */
export class Estimates {
  readonly #deps: EstimatesDeps;
  readonly #facts = new LRUCache<string, Facts>({ max: maxRemembered });

  constructor(deps: EstimatesDeps) {
    this.#deps = deps;
  }

  /**
   * @param signal aborts when no request waits for the rendition any more
   * @throws `common/invalid-parameters` for a cost above the budget, and for sources that cannot be decoded as `inspectSource` does
   */
  async estimate(request: RenditionRequest, flow: Flow, signal?: AbortSignal): Promise<Estimate> {
    const { plan, accepted } = request;
    const { limits, looksForFaces } = this.#deps;
    const reader = { flow, signal };
    const source = await this.#source(request.file, plan, reader);
    const overlays = new Map<string, CostedSource>();
    let isKnown = source !== undefined;
    for (const file of request.overlays) {
      const overlay = await this.#source(file, { maxFrames: 1 }, reader);
      if (overlay) overlays.set(file.key, overlay);
      else isKnown = false;
    }
    if (!source || !isKnown) {
      const sizeBytes = [request.file, ...request.overlays].reduce((sum, file) => sum + file.sizeBytes, 0);
      return { costMs: guessCost(plan, { sizeBytes, limits }), isGuess: true, where: 'renderer' };
    }
    const cost = affordableCost({
      ...{ plan, source, overlays, accepted },
      limits: { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels },
      faces: looksForFaces && asksForFaces(plan),
    });
    const where = isMadeInHost(cost) ? 'inHost' : 'renderer';
    return { costMs: cost.milliseconds, isGuess: false, where };
  }

  /** Undefined for a source whose cost is unknown until it is decoded. */
  async #source(
    file: File,
    plan: Parameters<typeof examine>[1]['plan'],
    reader: { flow: Flow; signal: AbortSignal | undefined },
  ): Promise<CostedSource | undefined> {
    const name = `${file.key}\n${file.etag}`;
    let facts = this.#facts.get(name);
    if (!facts) {
      const costMs = (readingCostMs * file.sizeBytes) / 1e6;
      facts = await this.#deps.reading.run({ ...reader, costMs }, () => this.#read(file));
      this.#facts.set(name, facts);
    }
    const { kind, header } = facts;
    const type = requireType(kind, file.mimeType);
    if (!header) return undefined;
    const { sizeBytes, scans, isArithmetic } = kind;
    const examined = examine({ type, sizeBytes, header }, { limits: this.#deps.limits, plan });
    return { ...examined, scans, isArithmetic };
  }

  async #read(file: File): Promise<Facts> {
    const original = this.#deps.originals.of(file);
    const kind = await original.kind();
    const type = requireType(kind, file.mimeType);
    if (unpredictable.has(type)) return { kind };
    // An animation can have many delays, and its cost does not depend on them.
    const { delay: _, ...header } = await original.header().catch(unreadable);
    return { kind, header };
  }
}
