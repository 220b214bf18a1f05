import type { Origins } from '@bkend/storage-contract';
import type { EnvironmentNotifications } from './ports.ts';

export interface FollowOriginsDeps {
  /** Finds the origins that the service and all environments allow together. */
  readonly find: () => Promise<Origins>;
  /** Writes the origins to the bucket's CORS rule; called again only when they differ from the last ones. */
  readonly allow: (origins: Origins) => Promise<void>;
  readonly notifications: EnvironmentNotifications;
  /** Called with the error of a failed round; the next one tries again. */
  readonly onFailure: (error: unknown) => void;
}

export interface FollowedOrigins extends AsyncDisposable {
  /** Begins a round, after the running one. */
  refresh(): void;
}

/** Interval of rounds without a notification: for missed notifications and failed rounds. */
const everyMs = 60_000;

/** Writes the allowed origins again whenever an environment's change. */
export async function followOrigins({
  find,
  allow,
  notifications,
  onFailure,
}: FollowOriginsDeps): Promise<FollowedOrigins> {
  let written: string | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;
  const round = async () => {
    const origins = await find();
    const name = String(origins);
    if (name === written) return;
    await allow(origins);
    written = name;
  };
  const run = async () => {
    while (isDue) {
      isDue = false;
      await round().catch(onFailure);
    }
    running = undefined;
  };
  const refresh = () => {
    isDue = true;
    running ??= run();
  };
  const subscription = await notifications.subscribe({ changed: refresh, lost: () => {}, regained: refresh });
  const timer = setInterval(refresh, everyMs).unref();
  return {
    refresh,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await subscription[Symbol.asyncDispose]();
      await running;
    },
  };
}
