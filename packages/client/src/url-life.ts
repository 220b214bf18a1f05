/** A URL is not used in the last fifth of its life. */
const usableShare = 0.8;
/** Where this machine's clock says that a URL just signed has expired, it is the clock that is wrong. */
const minLifeMs = 60_000;

/** Until when a URL that has just come may be used, on the clock of `performance.now()`. @param expiresAt ISO 8601 */
export function usableUntil(expiresAt: string): number {
  return performance.now() + Math.max(minLifeMs, Date.parse(expiresAt) - Date.now()) * usableShare;
}
