import type { Operation, Progress } from '@bkend/storage';
import { SingleBar } from 'cli-progress';
import { type Output, printable } from '../output.ts';
import { formatBytes } from './format.ts';

export interface ProgressBar {
  update(progress: Pick<Progress, 'bytes' | 'total' | 'bytesPerSecond' | 'secondsLeft'>, label: string): void;
  /** Writes lines above the bar. */
  aside(write: () => void): void;
  stop(): void;
}

/** Progress of a resumed transfer: the speed counts only the bytes that came since. @param total bytes of the whole file */
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
/** DECSC of the VT100: saves the position at which the bar begins and is cleared. */
const saveCursor = '\u001b7';

const noBar: ProgressBar = { update: () => {}, aside: (write) => write(), stop: () => {} };

/** A bar on a terminal; none in a pipe, with `--json`, or without an output. */
export function createProgressBar(output: Output | undefined): ProgressBar {
  return isBarShown(output) ? new TerminalBar() : noBar;
}

/** A bar of files that the service changes; shown as {@link createProgressBar} shows its own. */
export function createCountBar(output: Output): {
  update(operation: Pick<Operation, 'done' | 'total'>, label: string): void;
  stop(): void;
} {
  const bar = isBarShown(output)
    ? newBar('{bar} {percentage}%  {value} of {total} files  {label}')
    : undefined;
  let isStarted = false;
  return {
    update({ done, total }, label) {
      const payload = { label: printable(label) };
      if (isStarted) bar?.update(done, payload);
      else bar?.start(total, done, payload);
      isStarted = true;
    },
    stop: () => bar?.stop(),
  };
}

function isBarShown(output: Output | undefined): boolean {
  return output?.isJson === false && process.stdout.isTTY && process.stderr.isTTY;
}

function newBar(format: string): SingleBar {
  return new SingleBar({
    format,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // The command stops it.
    gracefulExit: false,
    // Draws again after lines above it, without progress.
    forceRedraw: true,
    stream: process.stderr,
  });
}

class TerminalBar implements ProgressBar {
  #state: 'hidden' | 'shown' | 'stopped' = 'hidden';
  readonly #bar = newBar('{bar} {percentage}%  {done} of {all}  {speed}/s  {left}  {label}');

  update(...[{ bytes, total, bytesPerSecond, secondsLeft }, label]: Parameters<ProgressBar['update']>) {
    const all = Math.max(total ?? bytes, bytes, 1);
    const payload = {
      done: formatBytes(bytes),
      all: total === undefined ? '?' : formatBytes(total),
      speed: formatBytes(bytesPerSecond),
      left: secondsLeft === undefined ? '' : `${formatSeconds(secondsLeft)} left`,
      label: printable(label),
    };
    if (this.#state === 'shown') {
      this.#bar.setTotal(all);
      this.#bar.update(bytes, payload);
    } else if (this.#state === 'hidden') {
      this.#state = 'shown';
      this.#bar.start(all, bytes, payload);
    }
  }

  aside(write: () => void) {
    if (this.#state !== 'shown') return write();
    process.stderr.write(clearLine);
    write();
    process.stderr.write(saveCursor);
    this.#bar.render();
  }

  /** Progress that arrives later is not shown. */
  stop() {
    if (this.#state === 'shown') this.#bar.stop();
    this.#state = 'stopped';
  }
}

/** `45 s`, `3:05 min`, `2:10 h`. */
function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const [unit, symbol] = seconds < 3600 ? [60, 'min'] : [3600, 'h'];
  const rest = Math.floor(((seconds % unit) * 60) / unit);
  return `${Math.floor(seconds / unit)}:${String(rest).padStart(2, '0')} ${symbol}`;
}
