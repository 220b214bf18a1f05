/** How long to wait before starting again what has just ended. */
export interface BackOff {
  /** @param ranMs how long it ran before it ended */
  nextDelayMs(ranMs: number): number;
}

export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Who ran this long was well: the delay begins anew. */
  readonly wellAfterMs: number;
}

/** A delay that doubles from one end to the next, up to a maximum. */
export function createBackOff({ firstMs, maxMs, wellAfterMs }: BackOffOptions): BackOff {
  let delayMs = firstMs;
  return {
    nextDelayMs(ranMs) {
      if (ranMs >= wellAfterMs) delayMs = firstMs;
      const now = delayMs;
      delayMs = Math.min(delayMs * 2, maxMs);
      return now;
    },
  };
}
