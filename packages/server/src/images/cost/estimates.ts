import {
  type ImageFormat,
  type ImagePlan,
  invalidParameters,
  type Limits,
  type StorageError,
} from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import type { Originals } from '../cache/originals.ts';
import type { FairQueue, Flow } from '../concurrency/fair-queue.ts';
import { asksForFaces } from '../faces/faces.ts';
import { isForeign, type Kind, type SourceType } from '../transform/kind.ts';
import type { Header } from '../transform/original.ts';
import { type ExamineInput, examine, headerOf } from '../transform/source.ts';
import { damaged, requireType } from '../transform/source-type.ts';
import { type Cost, type CostedSource, type CostInput, costOfPlan } from './cost-of-plan.ts';

export interface EstimatesDeps {
  readonly originals: Originals;
  readonly limits: Limits;
  /** The queue in which originals that are not in memory wait to be read for their headers. */
  readonly reading: FairQueue;
  readonly looksForFaces: boolean;
  /** Decodes a file of a format that libvips does not read, outside of `reading`; at once where that is done. */
  readonly decode: (file: File, flow: Flow) => Promise<void>;
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
    plan: ExamineInput['plan'],
    reader: { flow: Flow; signal: AbortSignal | undefined },
  ): Promise<CostedSource | undefined> {
    // Pages of a document differ in size.
    const name = `${file.key}\n${file.etag}\n${plan.page ?? 1}`;
    let facts = this.#facts.get(name);
    if (!facts) {
      const costMs = (readingCostMs * file.sizeBytes) / 1e6;
      facts = await this.#deps.reading.run({ ...reader, costMs }, () => this.#read(file, plan));
      this.#facts.set(name, facts);
    }
    const { kind } = facts;
    const type = requireType(kind, file.mimeType);
    if (isForeign(type) && !(facts.header && this.#deps.originals.of(file).holdsCopies)) {
      await this.#deps.decode(file, reader.flow);
      if (!facts.header) {
        facts = { kind, header: await this.#readHeader(file, type, plan) };
        this.#facts.set(name, facts);
      }
    }
    const { header } = facts;
    if (!header) return undefined;
    const { scans, isArithmetic } = kind;
    const examined = examine({ type, kind, header }, { limits: this.#deps.limits, plan });
    return { ...examined, scans, isArithmetic };
  }

  async #read(file: File, plan: ExamineInput['plan']): Promise<Facts> {
    const original = this.#deps.originals.of(file);
    const kind = await original.kind();
    const type = requireType(kind, file.mimeType);
    if (unpredictable.has(type) || isForeign(type)) return { kind };
    return { kind, header: await this.#readHeader(file, type, plan) };
  }

  async #readHeader(file: File, type: SourceType, plan: ExamineInput['plan']): Promise<Header> {
    const original = this.#deps.originals.of(file);
    // An animation can have many delays, and its cost does not depend on them.
    const { delay: _, ...header } = await headerOf(original, type, plan).catch((error: unknown) =>
      damaged(type, error),
    );
    return header;
  }
}

/** CPU time of one request, in milliseconds. A higher cost is refused beforehand; work that exceeds it all the same is ended. */
export const budgetMs = 4_500;

/** Highest cost of work in the host's own process, in milliseconds: nothing can be ended there, so its work is cheap and well known. */
const maxCostInHost = 800;

/** The part of that which JavaScript may take, in milliseconds: no other request is answered meanwhile. */
const maxScriptInHost = 100;

/** Whether the host's own process does the work; a renderer does it otherwise. */
function isMadeInHost({ milliseconds, facesMilliseconds, scriptMilliseconds }: Cost): boolean {
  return milliseconds - facesMilliseconds <= maxCostInHost && scriptMilliseconds <= maxScriptInHost;
}

/**
 * The cost of a plan within the budget. A plan that only the search for faces would make too expensive is rendered without it, and
 * its crop goes by saliency: equally for equal plans and sources.
 * @throws `common/invalid-parameters` that names the most expensive part of the URL
 */
export function affordableCost(input: CostInput): Cost {
  const cost = costOfPlan(input);
  if (cost.milliseconds <= budgetMs) return cost;
  const withoutFaces = input.faces ? costOfPlan({ ...input, faces: false }) : cost;
  if (withoutFaces.milliseconds > budgetMs) throw tooExpensive(withoutFaces);
  return withoutFaces;
}

function tooExpensive({ milliseconds, mostExpensive }: Cost): StorageError {
  const seconds = (value: number) => (value / 1000).toFixed(1);
  const message =
    `is the most expensive part of an image that takes about ${seconds(milliseconds)} s to make; ` +
    `one request may take ${seconds(budgetMs)} s`;
  return invalidParameters([{ field: mostExpensive, message }]);
}

/** Starting a renderer and drawing a plain image, in milliseconds. */
const baseGuessMs = 300;
/** Milliseconds for each 1,000 bytes of the source. */
const guessOfBytes = 1;
/** Milliseconds for each million pixels of the rendition, and the same for each step. */
const guessOfPixels = 100;

/**
 * A cost in milliseconds for a source whose size in bytes is all that is known. It orders the queue, and is used for nothing else:
 * the more bytes and pixels, the later.
 */
function guessCost(
  { width, height, steps }: ImagePlan,
  { sizeBytes, limits }: { sizeBytes: number; limits: Limits },
): number {
  const side = (asked: ImagePlan['width']) =>
    typeof asked === 'number' && asked > 0 ? Math.min(asked, limits.maxOutputImageSide) : 1_000;
  const megapixels = Math.min(side(width) * side(height), limits.maxSourceImagePixels) / 1e6;
  return baseGuessMs + (guessOfBytes * sizeBytes) / 1_000 + guessOfPixels * megapixels * (1 + steps.length);
}
