import type { IncomingMessage, ServerResponse } from 'node:http';

/** Time limits for clients. Time in which the store itself is busy does not count. */
export interface TransferLimits {
  /** Minimum average rate of sending and of reading, in bytes a second. Default 1,024. */
  readonly minBytesPerSecond: number;
  /** Longest pause of a client in an announced body, in seconds. Default 30. */
  readonly sendStallSeconds: number;
  /** Longest pause of a client in reading an answer, in seconds. Default 120: kernels buffer megabytes. */
  readonly takeStallSeconds: number;
  /** Time for a body until its signature is verified, as for a form, in seconds. Default 10. */
  readonly unverifiedSeconds: number;
  /** Time for which a refused body is still read, so that its sender can read the refusal, in seconds. Default 30. */
  readonly lingerSeconds: number;
}

const defaults: TransferLimits = {
  minBytesPerSecond: 1024,
  sendStallSeconds: 30,
  takeStallSeconds: 120,
  unverifiedSeconds: 10,
  lingerSeconds: 30,
};

/** State of a body, which decides its time limit. */
type BodyPhase = 'unverified' | 'signed' | 'refused';

/** A body that is being received. */
export interface WatchedBody {
  /** Changes the state of the body. */
  enter(phase: BodyPhase): void;
  /** Called when the request has been answered. The rest of the body is watched until it has arrived. */
  settle(): void;
}

interface Transfer {
  /** Bytes so far. */
  readonly moved: () => number;
  /** Whether the transfer waits for the client. */
  readonly isClientsTurn: () => boolean;
  readonly isOver: () => boolean;
  readonly onTooSlow: () => void;
  lastMoved: number;
  /** Time left; runs down, and bytes add to it. */
  creditMs: number;
  maxCreditMs: number;
  /** 0: bytes add nothing. */
  creditMsPerByte: number;
}

const tickMs = 1000;

/**
 * Ends transfers whose client is too slow, in pauses or in single bytes. A transfer begins with the time
 * that a client may pause; time runs, and each byte adds the time it may take at the minimum rate.
 */
export class TransferWatch {
  readonly #limits: TransferLimits;
  readonly #transfers = new Set<Transfer>();
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;

  constructor(limits: Partial<TransferLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
  }

  /** @param onTooSlow called once, at most a second late */
  watchReceiving(request: IncomingMessage, onTooSlow: () => void): WatchedBody {
    const { socket } = request;
    const transfer = this.#add({
      moved: () => socket.bytesRead,
      // Bytes that have arrived wait for the store, not for the client.
      isClientsTurn: () => request.readableLength === 0,
      isOver: () => request.complete || socket.destroyed,
      onTooSlow,
      lastMoved: socket.bytesRead,
      ...this.#allowanceOf('unverified'),
    });
    return {
      enter: (phase) => void Object.assign(transfer, this.#allowanceOf(phase)),
      settle: () => {
        if (transfer.isOver()) this.#transfers.delete(transfer);
      },
    };
  }

  /** Ends the connection of a client that does not read its answer. @returns a function that ends the watch */
  watchSending(response: ServerResponse): () => void {
    const { socket } = response.req;
    const flushed = () => socket.bytesWritten - socket.writableLength;
    const creditMs = this.#limits.takeStallSeconds * 1000;
    const transfer = this.#add({
      moved: flushed,
      isClientsTurn: () => socket.writableLength > 0,
      isOver: () => socket.destroyed,
      onTooSlow: () => void socket.destroy(),
      lastMoved: flushed(),
      creditMs,
      maxCreditMs: creditMs,
      creditMsPerByte: 1000 / this.#limits.minBytesPerSecond,
    });
    return () => void this.#transfers.delete(transfer);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#transfers.clear();
  }

  #allowanceOf(phase: BodyPhase): Pick<Transfer, 'creditMs' | 'maxCreditMs' | 'creditMsPerByte'> {
    const { sendStallSeconds, unverifiedSeconds, lingerSeconds, minBytesPerSecond } = this.#limits;
    const seconds = { signed: sendStallSeconds, unverified: unverifiedSeconds, refused: lingerSeconds };
    const creditMs = seconds[phase] * 1000;
    // Only for signed bodies does the limit grow with their size.
    const creditMsPerByte = phase === 'signed' ? 1000 / minBytesPerSecond : 0;
    return { creditMs, maxCreditMs: creditMs, creditMsPerByte };
  }

  #add(transfer: Transfer): Transfer {
    if (this.#transfers.size === 0) {
      this.#lastTick = performance.now();
      this.#timer ??= setInterval(() => this.#tick(), tickMs).unref();
    }
    this.#transfers.add(transfer);
    return transfer;
  }

  #tick(): void {
    const now = performance.now();
    // Time in which this process was blocked does not count against its clients.
    const elapsedMs = Math.min(now - this.#lastTick, 2 * tickMs);
    this.#lastTick = now;
    for (const transfer of this.#transfers) {
      const moved = transfer.moved();
      const earnedMs = (moved - transfer.lastMoved) * transfer.creditMsPerByte;
      const spentMs = transfer.isClientsTurn() ? elapsedMs : 0;
      transfer.lastMoved = moved;
      transfer.creditMs = Math.min(transfer.creditMs + earnedMs, transfer.maxCreditMs) - spentMs;
      if (transfer.isOver()) this.#transfers.delete(transfer);
      else if (transfer.creditMs <= 0) {
        this.#transfers.delete(transfer);
        transfer.onTooSlow();
      }
    }
    if (this.#transfers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
