/** A URL is not used in the last fifth of its lifetime. */
const usableShare = 0.8;
/** Lower bound of the lifetime: if a URL just signed seems to expire sooner, this machine's clock is wrong. */
const minLifeMs = 60_000;

/**
 * End of the time in which a URL that has just been signed may be used.
 * @param expiresAt ISO 8601
 * @returns milliseconds on the clock of `performance.now()`
 */
export function usableUntil(expiresAt: string): number {
  return performance.now() + Math.max(minLifeMs, Date.parse(expiresAt) - Date.now()) * usableShare;
}
