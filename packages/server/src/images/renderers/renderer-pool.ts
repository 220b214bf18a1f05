import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { type Flow, flowName } from '../concurrency/fair-queue.ts';
import type { Estimate } from '../cost/estimates.ts';
import type { FaceDetector } from '../faces/faces.ts';
import type { ImageWork, MadeImage, SourceFile } from '../make-image.ts';
import { isForeign } from '../transform/kind.ts';
import type { Original } from '../transform/original.ts';
import { BudgetExceeded, Renderer } from './renderer.ts';
import type { SentFile, SentForeign, SentWork } from './renderer-messages.ts';

export interface RendererPoolOptions {
  /** Niceness of the processes, 0 to 19. */
  readonly niceness: number;
  /** CPU time for one image, in milliseconds. */
  readonly budgetMs: number;
  readonly faceDetector?: FaceDetector | undefined;
}

/** Idle time after which a process is ended. */
const idleMs = 60_000;
/** Time for which exceeded budgets are remembered. */
const rememberedForMs = 60_000;
/** A refusal after more than this is remembered like an exceeded budget. */
const expensiveRefusalMs = 500;
/** Exceeded budgets of one flow within that time, after which its work is refused. */
const maxExceeded = 5;
/** After a source exceeded a budget, only work of less than this share of that cost is tried. */
const cheaperBy = 0.75;

/** CPU time for decoding an image that libvips does not read, in milliseconds: the largest ones that are read take half as long. */
const decodeBudgetMs = 9_000;

interface Task extends Omit<PooledWork, 'work'> {
  readonly sources: string;
}

export interface PooledForeign extends Omit<SentForeign, 'budgetMs'> {
  /** Key of the file. */
  readonly key: string;
  readonly flow: Flow;
}

export interface PooledWork {
  readonly work: ImageWork;
  readonly flow: Flow;
  readonly estimate: Pick<Estimate, 'costMs' | 'isGuess'>;
  /** Aborts when no client waits for the image any more. */
  readonly signal: AbortSignal;
}

/**
 * Makes images in processes that can be ended: expensive ones, and those whose cost is unknown beforehand. A few bytes of SVG can
 * ask for hours of drawing, some encoders cannot be interrupted, and no thread can be stopped during its work; a process can.
 * Processes are started on demand; the queue in front of the pool bounds their number.
 */
export class RendererPool implements AsyncDisposable {
  readonly #options: RendererPoolOptions;
  /** Lowest cost of the work that failed by its cost, by its sources. */
  readonly #tooExpensive = new LRUCache<string, number>({ max: 10_000, ttl: rememberedForMs });
  /** Number of exceeded budgets by flow. */
  readonly #exceeded = new LRUCache<string, number>({ max: 10_000, ttl: rememberedForMs });
  readonly #idle = new Map<Renderer, NodeJS.Timeout>();
  readonly #working = new Set<Renderer>();
  #closed = false;

  constructor(options: RendererPoolOptions) {
    this.#options = options;
  }

  /**
   * @throws as `makeImage` does; `file/invalid-format` for an exceeded budget, `common/unavailable` for a flow with five of those
   * within a minute, the reason of the signal
   */
  async make({ work, flow, estimate, signal }: PooledWork): Promise<MadeImage> {
    const sources = [work.file, ...work.overlays].map(({ key }) => key).join('\n');
    const task = { sources, flow, estimate, signal };
    return this.#run(task, async () => {
      const sent = await this.#readAll(work);
      const detector = this.#options.faceDetector;
      return (renderer) => renderer.make({ work: sent, detector, signal });
    });
  }

  /**
   * Decodes an image that libvips does not read.
   * @throws as `standInOf` does; otherwise as {@link make}
   */
  async decode({ key, flow, ...foreign }: PooledForeign): Promise<Buffer> {
    const { signal } = new AbortController();
    // All tries cost the same: one that exceeded its budget is not tried again for a while.
    const task = { sources: `decode\n${key}`, flow, estimate: { costMs: 1, isGuess: true }, signal };
    const sent = { ...foreign, budgetMs: decodeBudgetMs };
    return this.#run(task, async () => async (renderer) => {
      try {
        return await renderer.decode(sent, signal);
      } finally {
        // The memory of WebAssembly does not shrink: it would count against the next image of this process.
        if (foreign.type === 'heic') renderer.end();
      }
    });
  }

  async #run<Result>(
    { sources, flow, estimate: { costMs, isGuess }, signal }: Task,
    prepare: () => Promise<(renderer: Renderer) => Promise<Result>>,
  ): Promise<Result> {
    if (costMs >= cheaperBy * (this.#tooExpensive.get(sources) ?? Number.POSITIVE_INFINITY)) {
      throw tooElaborate();
    }
    if ((this.#exceeded.get(flowName(flow)) ?? 0) >= maxExceeded) {
      throw new StorageError('common/unavailable', 'Too many images took too long lately.');
    }
    const work = await prepare();
    if (this.#closed) throw new StorageError('common/unavailable', 'This server is about to stop.');
    signal.throwIfAborted();
    const renderer = await this.#take();
    const startedAt = performance.now();
    try {
      signal.throwIfAborted();
      return await work(renderer);
    } catch (error) {
      // By the clock, a busy machine delayed the work, which is no fault of the image: it is tried again.
      const isExceeded = error instanceof BudgetExceeded && error.by === 'budget';
      const isExpensiveRefusal =
        error instanceof StorageError &&
        error.code === 'file/invalid-format' &&
        performance.now() - startedAt > expensiveRefusalMs;
      if (isExceeded || isExpensiveRefusal) {
        this.#tooExpensive.set(sources, Math.min(costMs, this.#tooExpensive.get(sources) ?? costMs));
      }
      // Clients that leave shortly before the end of the budget have used it, too.
      if (signal.aborted && isGuess && performance.now() - startedAt > this.#options.budgetMs / 2) {
        this.#countExceeded(flow);
      }
      if (error instanceof BudgetExceeded && !isExceeded) {
        this.#countExceeded(flow);
        throw new StorageError('common/unavailable', 'This image took too long.');
      }
      if (!isExceeded) throw error;
      this.#countExceeded(flow);
      throw tooElaborate();
    } finally {
      this.#release(renderer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timeout of this.#idle.values()) clearTimeout(timeout);
    for (const renderer of [...this.#idle.keys(), ...this.#working]) renderer.end();
  }

  #countExceeded(flow: Flow): void {
    const count = (this.#exceeded.get(flowName(flow)) ?? 0) + 1;
    // The first exceeded budget begins the minute.
    this.#exceeded.set(flowName(flow), count, { noUpdateTTL: true });
  }

  async #take(): Promise<Renderer> {
    for (const [renderer, timeout] of this.#idle) {
      clearTimeout(timeout);
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

  #release(renderer: Renderer): void {
    this.#working.delete(renderer);
    if (!renderer.isAlive) return;
    const end = () => {
      this.#idle.delete(renderer);
      renderer.end();
    };
    this.#idle.set(renderer, setTimeout(end, idleMs).unref());
  }

  async #readAll(work: ImageWork): Promise<SentWork> {
    const read = async ({ original, ...facts }: SourceFile) => ({
      ...facts,
      ...(await sentBytes(original)),
    });
    const { budgetMs, faceDetector } = this.#options;
    const overlays = await Promise.all(work.overlays.map(read));
    return { ...work, file: await read(work.file), overlays, budgetMs, faceDetector: faceDetector?.name };
  }
}

async function sentBytes(original: Original): Promise<Pick<SentFile, 'bytes' | 'kind'>> {
  const kind = await original.kind();
  return isForeign(kind.type)
    ? { bytes: await original.readable(), kind }
    : { bytes: await original.bytes() };
}

function tooElaborate(): StorageError {
  return new StorageError('file/invalid-format', 'This image takes too long to make.');
}
