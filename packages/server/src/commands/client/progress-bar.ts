import type { Progress } from '@bkend/storage';
import { SingleBar } from 'cli-progress';
import type { Output } from '../output.ts';
import { printable } from '../printable.ts';
import { formatBytes } from './output.ts';

export interface ProgressBar {
  update(progress: Pick<Progress, 'bytes' | 'total' | 'bytesPerSecond' | 'secondsLeft'>, label: string): void;
  /** Writes lines above the bar. */
  aside(write: () => void): void;
  stop(): void;
}

/** What a bar shows of a transfer that began with some bytes there already: its speed is of those that came since. */
export function progressSince(total: number): (bytes: number) => Parameters<ProgressBar['update']>[0] {
  let first: { readonly bytes: number; readonly at: number } | undefined;
  return (bytes) => {
    first ??= { bytes, at: performance.now() };
    const seconds = (performance.now() - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (bytes - first.bytes) / seconds : 0;
    const secondsLeft = bytesPerSecond > 0 ? (total - bytes) / bytesPerSecond : undefined;
    return { bytes, total, bytesPerSecond, secondsLeft };
  };
}

/** ECMA-48 section 8.3.41, erase in line. */
const clearLine = '\r\u001b[K';
/** DECSC of the VT100: where the bar begins, and goes from when it stops. */
const saveCursor = '\u001b7';

const noBar: ProgressBar = { update: () => {}, aside: (write) => write(), stop: () => {} };

/** A bar on a terminal; nothing in a pipe, and nothing beside JSON. @param output undefined: none */
export function createProgressBar(output: Output | undefined): ProgressBar {
  const isWanted = output?.isJson === false && process.stdout.isTTY && process.stderr.isTTY;
  return isWanted ? new TerminalBar() : noBar;
}

class TerminalBar implements ProgressBar {
  #state: 'not yet' | 'shown' | 'gone' = 'not yet';
  readonly #bar = new SingleBar({
    format: '{bar} {percentage}%  {done} of {all}  {speed}/s  {left}  {label}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // Whoever shows it stops it.
    gracefulExit: false,
    // Also where nothing but what was written above it has changed.
    forceRedraw: true,
    stream: process.stderr,
  });

  update(...[{ bytes, total, bytesPerSecond, secondsLeft }, label]: Parameters<ProgressBar['update']>) {
    const all = Math.max(total ?? bytes, bytes, 1);
    const words = {
      done: formatBytes(bytes),
      all: total === undefined ? '?' : formatBytes(total),
      speed: formatBytes(bytesPerSecond),
      left: secondsLeft === undefined ? '' : `${formatSeconds(secondsLeft)} left`,
      label: printable(label),
    };
    if (this.#state === 'shown') {
      this.#bar.setTotal(all);
      this.#bar.update(bytes, words);
    } else if (this.#state === 'not yet') {
      this.#state = 'shown';
      this.#bar.start(all, bytes, words);
    }
  }

  aside(write: () => void) {
    if (this.#state !== 'shown') return write();
    process.stderr.write(clearLine);
    write();
    process.stderr.write(saveCursor);
    this.#bar.render();
  }

  /** What is still on its way may tell of itself afterwards: nobody shows it. */
  stop() {
    if (this.#state === 'shown') this.#bar.stop();
    this.#state = 'gone';
  }
}

/** `45 s`, `3:05 min`, `2:10 h`. */
function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const [unit, word] = seconds < 3600 ? [60, 'min'] : [3600, 'h'];
  const rest = Math.floor(((seconds % unit) * 60) / unit);
  return `${Math.floor(seconds / unit)}:${String(rest).padStart(2, '0')} ${word}`;
}
