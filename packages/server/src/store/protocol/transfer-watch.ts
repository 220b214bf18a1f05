import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long clients may take. All of it is about the client's side: time in which the store itself is busy does not count. */
export interface TransferLimits {
  /** What a client has to send or take on average, in bytes a second. 1,024 unless told. */
  readonly minBytesPerSecond: number;
  /** How long a client may send nothing of a body it has announced. 30 unless told. */
  readonly sendStallSeconds: number;
  /** How long it may take nothing of an answer. 120 unless told: systems buffer megabytes. */
  readonly takeStallSeconds: number;
  /** How long a body may take until its signature has been found in it, as that of a form is. 10 unless told. */
  readonly unverifiedSeconds: number;
  /** How long a refused body is still read, so that its sender gets to see the refusal. 30 unless told. */
  readonly lingerSeconds: number;
}

const usual: TransferLimits = {
  minBytesPerSecond: 1024,
  sendStallSeconds: 30,
  takeStallSeconds: 120,
  unverifiedSeconds: 10,
  lingerSeconds: 30,
};

/** What a body is, which says how long it may take. */
export type BodyPhase = 'unverified' | 'signed' | 'refused';

/** A body that is being received. */
export interface WatchedBody {
  /** It is another kind of body from now on. */
  enter(phase: BodyPhase): void;
  /** To be called when its request has been answered. What is still to come of the body is watched until it has come. */
  settle(): void;
}

interface Transfer {
  /** Bytes so far. */
  readonly moved: () => number;
  /** Whether it is the client that is waited for. */
  readonly isClientsTurn: () => boolean;
  readonly isOver: () => boolean;
  readonly onTooSlow: () => void;
  lastMoved: number;
  /** Runs down with time, and is earned by bytes. */
  creditMs: number;
  maxCreditMs: number;
  /** 0: bytes earn nothing. */
  creditMsPerByte: number;
}

const tickMs = 1000;

/**
 * Ends transfers whose client is slower than it may be, be it by silence or by a byte now and then. A transfer begins with as
 * much time as a client may stall; time runs, and every byte earns back what it may take at the minimum rate.
 */
export class TransferWatch {
  readonly #limits: TransferLimits;
  readonly #transfers = new Set<Transfer>();
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;

  constructor(limits: Partial<TransferLimits> = {}) {
    this.#limits = { ...usual, ...limits };
  }

  /** @param onTooSlow called once, at most a second late */
  watchReceiving(request: IncomingMessage, onTooSlow: () => void): WatchedBody {
    const { socket } = request;
    const transfer = this.#add({
      moved: () => socket.bytesRead,
      // What has arrived and was not taken yet is for the store to take.
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

  /** Ends the connection of a client that does not take its answer. Returns what ends the watch. */
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
    // Only who has signed may take the longer the more there is to send.
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
    // A process that was held up itself does not blame its clients for it.
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
