import type { Supervisor } from '../supervisor/supervisor.ts';

/** npm passes a Ctrl-C on that the terminal has sent to everybody already: the same one, twice. */
const sameKeypressMs = 500;

/** The first signal stops the service in order; Ctrl-C once more does so in a hurry. */
export function watchSignals(supervisor: Supervisor, onFirst: () => void): void {
  let firstAt: number | undefined;
  const handle = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      onFirst();
    } else if (performance.now() - firstAt > sameKeypressMs) {
      void supervisor.stop({ hurry: true });
    }
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  process.on('SIGHUP', handle);
}
