import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { FaceDetector } from '../faces/face-detector.ts';
import type { MadePicture, PictureFile, PictureWork } from '../make-picture.ts';
import type { Quote } from '../price/quotes.ts';
import { type Flow, flowName } from '../work/flow.ts';
import { BudgetExceeded, Renderer } from './renderer.ts';
import type { SentWork } from './renderer-messages.ts';

export interface RendererPoolOptions {
  /** 0 to 19: by how much the processes give way to others. */
  readonly niceness: number;
  /** CPU time for one picture, in milliseconds. */
  readonly budgetMs: number;
  readonly faceDetector?: FaceDetector | undefined;
}

/** A process that has had no work for this long is ended. */
const idleMs = 60_000;
/** How long it is remembered what took too long. */
const rememberedForMs = 60_000;
/** A refusal that took longer than this is remembered, as work that exceeded its budget is. */
const costlyMs = 500;
/** How often within that time the work of one flow may end a process before its work is refused. */
const maxEnded = 5;
/** Of sources that took too long, work that costs less than this share of it may be tried. */
const cheaperBy = 0.75;

export interface PooledWork {
  readonly work: PictureWork;
  readonly flow: Flow;
  readonly quote: Pick<Quote, 'price' | 'isGuess'>;
}

/**
 * Makes pictures in processes that can be ended: those that are expensive, and those whose cost is not known beforehand. A few
 * bytes of SVG can ask for hours of drawing, some encoders cannot be interrupted, and no thread can be stopped in the middle; a
 * process can. Processes start when there is work for them; how many work at once is for the queue before this to say.
 */
export class RendererPool implements AsyncDisposable {
  readonly #options: RendererPoolOptions;
  /** What the cheapest work was to cost that came to nothing, by the sources of it. */
  readonly #tooDear = new LRUCache<string, number>({ max: 10_000, ttl: rememberedForMs });
  readonly #ended = new LRUCache<string, number>({ max: 10_000, ttl: rememberedForMs });
  readonly #idle = new Map<Renderer, NodeJS.Timeout>();
  readonly #working = new Set<Renderer>();
  #closed = false;

  constructor(options: RendererPoolOptions) {
    this.#options = options;
  }

  /**
   * @throws as `makePicture` does, `file/invalid-format` for what took more than the budget, `common/unavailable` for a flow that
   * has asked for too much of that
   */
  async make({ work, flow, quote }: PooledWork): Promise<MadePicture> {
    const { price, isGuess } = quote;
    const sources = [work.file, ...work.overlays].map(({ key }) => key).join('\n');
    if (price >= cheaperBy * (this.#tooDear.get(sources) ?? Number.POSITIVE_INFINITY)) throw tooElaborate();
    if ((this.#ended.get(flowName(flow)) ?? 0) >= maxEnded) {
      throw new StorageError('common/unavailable', 'Too many pictures took too long lately.');
    }
    const sent = await this.#readAll(work);
    if (this.#closed) throw new StorageError('common/unavailable', 'This server is about to stop.');
    const renderer = await this.#take();
    const startedAt = performance.now();
    try {
      return await renderer.make(sent, this.#options.faceDetector);
    } catch (error) {
      // By the clock, what is known to cost less was kept waiting by a busy machine; of the others, the clock is all there is.
      const isExceeded = error instanceof BudgetExceeded && (error.by === 'budget' || isGuess);
      const isCostlyRefusal =
        error instanceof StorageError &&
        error.code === 'file/invalid-format' &&
        performance.now() - startedAt > costlyMs;
      if (isExceeded || isCostlyRefusal) {
        this.#tooDear.set(sources, Math.min(price, this.#tooDear.get(sources) ?? price));
      }
      if (error instanceof BudgetExceeded && !isExceeded) {
        throw new StorageError('common/unavailable', 'This picture took too long.');
      }
      if (!isExceeded) throw error;
      // The first of them begins the minute.
      const ended = (this.#ended.get(flowName(flow)) ?? 0) + 1;
      this.#ended.set(flowName(flow), ended, { noUpdateTTL: true });
      throw tooElaborate();
    } finally {
      this.#giveBack(renderer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const leaving of this.#idle.values()) clearTimeout(leaving);
    for (const renderer of [...this.#idle.keys(), ...this.#working]) renderer.end();
  }

  async #take(): Promise<Renderer> {
    for (const [renderer, leaving] of this.#idle) {
      clearTimeout(leaving);
      this.#idle.delete(renderer);
      if (!renderer.isAlive) continue;
      this.#working.add(renderer);
      return renderer;
    }
    const renderer = await Renderer.start(this.#options.niceness);
    this.#working.add(renderer);
    if (this.#closed) renderer.end();
    return renderer;
  }

  #giveBack(renderer: Renderer): void {
    this.#working.delete(renderer);
    if (!renderer.isAlive) return;
    const leave = () => {
      this.#idle.delete(renderer);
      renderer.end();
    };
    this.#idle.set(renderer, setTimeout(leave, idleMs).unref());
  }

  async #readAll(work: PictureWork): Promise<SentWork> {
    const read = async ({ original, ...about }: PictureFile) => ({
      ...about,
      bytes: await original.bytes(),
    });
    const { budgetMs, faceDetector } = this.#options;
    const overlays = await Promise.all(work.overlays.map(read));
    return { ...work, file: await read(work.file), overlays, budgetMs, faceDetector: faceDetector?.name };
  }
}

function tooElaborate(): StorageError {
  return new StorageError('file/invalid-format', 'This picture takes too long to make.');
}
