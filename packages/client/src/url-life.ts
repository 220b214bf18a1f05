/** A URL is not used in the last fifth of its life. */
const usableShare = 0.8;
/** Where this machine's clock says that a URL just signed has expired, it is the clock that is wrong. */
const minLifeMs = 60_000;

/** How long a presigned URL may still be used, by the time since it came. */
export class UrlLife {
  readonly #goodUntil: number;

  /** @param expiresAt ISO 8601 */
  constructor(expiresAt: string) {
    const lifeMs = Math.max(minLifeMs, Date.parse(expiresAt) - Date.now());
    this.#goodUntil = performance.now() + lifeMs * usableShare;
  }

  isFresh(): boolean {
    return performance.now() < this.#goodUntil;
  }
}
