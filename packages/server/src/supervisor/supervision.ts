import { isSupervisorMessage, type RoleMessage } from './messages.ts';

/** A role's process, seen from inside: the line to whoever supervises it. */
export interface Supervision {
  tell(message: RoleMessage): Promise<void>;
  /** Has an answer for when the supervisor asks. */
  onAsked(answer: () => Promise<unknown>): void;
  /** Resolves when the supervisor says to stop, or is no more. */
  readonly stopped: Promise<'told' | 'orphaned'>;
}

/**
 * Puts this process under its supervisor's command. The signals of a terminal or of a service manager reach every process
 * at once; here they are not heeded, because the supervisor gets them too and stops the roles in order.
 */
export function joinSupervisor(): Supervision {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  return {
    tell,
    onAsked: (answer) => {
      process.on('message', async (message) => {
        if (isSupervisorMessage(message) && message.type === 'ask') {
          await tell({ type: 'answer', answer: await answer() });
        }
      });
    },
    stopped: new Promise((resolve) => {
      process.on('message', (message) => {
        if (isSupervisorMessage(message) && message.type === 'stop') resolve('told');
      });
      process.once('disconnect', () => resolve('orphaned'));
      if (!process.connected) resolve('orphaned');
    }),
  };
}

function tell(message: RoleMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
