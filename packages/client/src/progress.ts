import type { Phase } from './storage-error.ts';

/** How far something has come. */
export interface Progress {
  phase: Phase | 'paused' | 'done';
  /** Bytes that have left; goes back when some must be sent again. */
  bytes: number;
  /** Bytes; undefined for a stream that does not say. */
  total: number | undefined;
  /** Over the last five seconds. */
  bytesPerSecond: number;
  /** At this speed; undefined while there is nothing to tell it from. */
  secondsLeft: number | undefined;
}

/** Eight a second, and the last one whenever it comes: never more than ten. */
const tellEveryMs = 125;
const windowMs = 5000;

/** Counts bytes and tells of them, not too often. */
export class ProgressMeter {
  total: number | undefined;
  #phase: Phase = 'preparing';
  #isPaused = false;
  #isDone = false;
  #bytes = 0;
  #samples: { at: number; bytes: number }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #tell: ((progress: Progress) => void) | undefined;

  constructor(tell: ((progress: Progress) => void) | undefined, total?: number) {
    this.#tell = tell;
    this.total = total;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set bytes(bytes: number) {
    this.#bytes = bytes;
    this.#changed();
  }

  get phase(): Phase {
    return this.#phase;
  }

  set phase(phase: Phase) {
    this.#phase = phase;
    this.#changed();
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.#changed();
  }

  read(): Progress {
    const now = performance.now();
    while (this.#samples.length > 1 && now - (this.#samples[0]?.at ?? now) > windowMs) this.#samples.shift();
    const first = this.#samples[0] ?? { at: now, bytes: this.#bytes };
    const moved = Math.max(0, this.#bytes - first.bytes);
    const bytesPerSecond = now > first.at ? (moved * 1000) / (now - first.at) : 0;
    const left = this.total === undefined ? undefined : this.total - this.#bytes;
    return {
      phase: this.#isDone ? 'done' : this.#isPaused ? 'paused' : this.#phase,
      bytes: this.#bytes,
      total: this.total,
      bytesPerSecond,
      secondsLeft: left === undefined || bytesPerSecond === 0 ? undefined : left / bytesPerSecond,
    };
  }

  /** Tells the last there is to tell. */
  finish(bytes: number): void {
    this.stop();
    this.#bytes = bytes;
    this.#isDone = true;
    this.#tell?.(this.read());
  }

  /** Says nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#samples.push({ at: performance.now(), bytes: this.#bytes });
      this.#tell?.(this.read());
    }, tellEveryMs);
  }
}
