import type { Origins } from './origins.ts';
import type { EnvironmentNotices } from './ports.ts';

export interface FollowOriginsDeps {
  /** What the service and all environments allow together, now. */
  readonly find: () => Promise<Origins>;
  /** Writes it where it is kept; called again only when it differs from what was last written. */
  readonly allow: (origins: Origins) => Promise<void>;
  readonly notices: EnvironmentNotices;
  /** Called with what made a round fail; the next one tries again. */
  readonly onFailure: (error: unknown) => void;
}

export interface FollowedOrigins extends AsyncDisposable {
  /** Begins a round, after the one that runs. */
  refresh(): void;
}

/** In which notices that were missed are made up for, and rounds that failed repeated. */
const everyMs = 60_000;

/** Has the origins written anew whenever an environment's have changed. */
export async function followOrigins({
  find,
  allow,
  notices,
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
  const subscription = await notices.subscribe({ changed: refresh, lost: () => {}, regained: refresh });
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
