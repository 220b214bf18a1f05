import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';

/** The keys of an installation that had none, shown this once. */
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
  /** Makes the keys of an installation that has none; only the API does. */
  readonly createFirstKeys?: () => Promise<FirstKeys | undefined>;
  /** Settles with the reason when the role cannot go on by itself; its process then ends. */
  readonly failure?: Promise<Error>;
  /** Finishes what it is doing and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * Starts a role; resolves when it can serve, having waited for what it needs.
 * @throws an error with a sentence for the operator
 */
export type StartRole = (config: Config, log: Logger) => Promise<RunningRole>;
