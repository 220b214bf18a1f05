import type { Limits } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import type { Originals } from '../cache/originals.ts';
import { asksForFaces } from '../faces/faces.ts';
import type { ResultRequest } from '../make-result.ts';
import type { Header, Kind } from '../pipeline/original.ts';
import { examine, requireType, unreadable } from '../pipeline/source.ts';
import type { FairQueue } from '../work/fair-queue.ts';
import type { Flow } from '../work/flow.ts';
import { affordablePrice, isMadeHere } from './budget.ts';
import { guessOfPlan } from './guess-of-plan.ts';
import type { PricedSource } from './price-of-plan.ts';

export interface QuotesDeps {
  readonly originals: Originals;
  readonly limits: Limits;
  /** Originals that are not in memory are read for their headers, and wait here for their turn. */
  readonly reading: FairQueue;
  readonly looksForFaces: boolean;
}

export interface Quote {
  /** What the work is expected to take, in milliseconds. */
  readonly price: number;
  /** Whether nothing but the length of a source was known. */
  readonly isGuess: boolean;
  /** Whether it is made in the host's own process, or in one that can be ended. */
  readonly where: 'here' | 'renderer';
}

/** What is known of a file without decoding it. */
interface Facts {
  readonly kind: Kind;
  /** Absent where even that is read only in a process that can be ended. */
  readonly header?: Header;
}

const maxRemembered = 10_000;
/** Of a megabyte, in milliseconds. */
const readingCost = 10;

/** Types whose cost is not told by their headers: drawings, and containers of a dozen codecs. */
const unpredictable: ReadonlySet<string> = new Set(['svg', 'tiff']);

/** What pictures cost, and where they are made; known before they wait for their turn. */
export class Quotes {
  readonly #deps: QuotesDeps;
  readonly #facts = new LRUCache<string, Facts>({ max: maxRemembered });

  constructor(deps: QuotesDeps) {
    this.#deps = deps;
  }

  /**
   * @throws `common/invalid-parameters` for what is too expensive, and for sources that cannot be decoded as `inspectSource` does
   */
  async of(request: ResultRequest, flow: Flow): Promise<Quote> {
    const { plan, accepted } = request;
    const { limits, looksForFaces } = this.#deps;
    const source = await this.#source(request.file, plan, flow);
    const overlays = new Map<string, PricedSource>();
    let isKnown = source !== undefined;
    for (const file of request.overlays) {
      const overlay = await this.#source(file, { maxFrames: 1 }, flow);
      if (overlay) overlays.set(file.key, overlay);
      else isKnown = false;
    }
    if (!source || !isKnown) {
      const sizeBytes = [request.file, ...request.overlays].reduce((sum, file) => sum + file.sizeBytes, 0);
      return { price: guessOfPlan(plan, { sizeBytes, limits }), isGuess: true, where: 'renderer' };
    }
    const price = affordablePrice({
      ...{ plan, source, overlays, accepted },
      limits: { maxSide: limits.maxOutputImageSide, maxPixels: limits.maxSourceImagePixels },
      faces: looksForFaces && asksForFaces(plan),
    });
    const where = isMadeHere(price) ? 'here' : 'renderer';
    return { price: price.milliseconds, isGuess: false, where };
  }

  /** Undefined for a source whose cost is not known before it is decoded. */
  async #source(
    file: File,
    plan: Parameters<typeof examine>[1]['plan'],
    flow: Flow,
  ): Promise<PricedSource | undefined> {
    const name = `${file.key}\n${file.etag}`;
    let facts = this.#facts.get(name);
    if (!facts) {
      const price = (readingCost * file.sizeBytes) / 1e6;
      facts = await this.#deps.reading.run({ flow, price }, () => this.#read(file));
      this.#facts.set(name, facts);
    }
    const { kind, header } = facts;
    const type = requireType(kind, file.mimeType);
    if (!header) return undefined;
    const { sizeBytes, scans } = kind;
    return { ...examine({ type, sizeBytes, header }, { limits: this.#deps.limits, plan }), scans };
  }

  async #read(file: File): Promise<Facts> {
    const original = this.#deps.originals.of(file);
    const kind = await original.kind();
    const type = requireType(kind, file.mimeType);
    if (unpredictable.has(type)) return { kind };
    // The delays of an animation can be many, and cost nothing.
    const { delay: _, ...header } = await original.header().catch(unreadable);
    return { kind, header };
  }
}
