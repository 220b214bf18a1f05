/** A queued purge of one object, or of one multipart upload. */
export interface Purge {
  readonly id: string;
  readonly key: string;
  readonly multipartId?: string;
  /** Failures so far. */
  readonly attempts: number;
}

/** The outbox of purges. */
export interface PurgeOutbox {
  /** Claims due purges for `leaseSeconds`: no other process gets them meanwhile, and they are due again after that. */
  claim(request: {
    readonly limit: number;
    readonly now: Date;
    readonly leaseSeconds: number;
  }): Promise<Purge[]>;
  /** Removes purges whose bytes are gone; those that are to be done once more become due at that time. */
  finish(ids: readonly string[]): Promise<void>;
  /** Counts a failure; the purge is due again at `at`. */
  retry(id: string, failure: { readonly error: string; readonly at: Date }): Promise<void>;
  /**
   * Queues the purge of objects that no file has. Leaves out keys that this server never issued, and keys that a file, an
   * upload or a purge refers to at this moment.
   * @returns the number that was queued
   */
  enqueue(keys: readonly string[]): Promise<number>;
}
