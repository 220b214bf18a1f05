/** The growing pause before a restart. */
export interface BackOff {
  /** @param ranMs run time until the end */
  nextDelayMs(ranMs: number): number;
}

export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** After a run of this length the delay begins anew. */
  readonly wellAfterMs: number;
}

/** Creates a delay that doubles with each restart, up to a maximum. */
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
