import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';

/** The first API keys of an installation, shown once. */
export interface FirstKeys {
  readonly publishable: string;
  readonly secret: string;
}

/** A role that serves. */
export interface RunningRole {
  /** Where this machine reaches it; for the log. */
  readonly url?: string;
  /** Where operators find health and metrics; for the log. */
  readonly operationsUrl?: string;
  /** Creates the keys of an installation that has none; only the API does. */
  readonly createFirstKeys?: () => Promise<FirstKeys | undefined>;
  /** Creates the one-time link of the first owner, in an installation without operators; only the console does. */
  readonly createSetupUrl?: () => Promise<string | undefined>;
  /** Settles with the reason when the role cannot go on; its process then ends. */
  readonly failure?: Promise<Error>;
  /** From now on readiness is 503, while requests are still answered. */
  readonly announceStop?: () => void;
  /**
   * Stops accepting, lets requests in progress end and releases everything.
   * @param drainMs after which requests still in progress are cut
   */
  stop(drainMs: number): Promise<void>;
}

/**
 * Starts a role; resolves when it can serve, having waited for the backends that it needs.
 * @throws an error with a sentence for the operator
 */
export type StartRole = (config: Config, log: Logger) => Promise<RunningRole>;
