import type { Supervisor } from '../../supervisor/supervisor.ts';

/** npm forwards a Ctrl-C that the terminal has already sent to every process: one keypress, two signals. */
const sameKeypressMs = 500;

/** The first signal stops the service in order, a second one at once. */
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
