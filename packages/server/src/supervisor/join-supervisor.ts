import { isSupervisorMessage, type RoleMessage } from './messages.ts';

/** The channel from a role's process to its supervisor. */
export interface Supervision {
  send(message: RoleMessage): Promise<void>;
  /** Answers when the supervisor asks. */
  onAsked(answer: () => Promise<unknown>): void;
  /** Called when the supervisor is going to stop the role, and has not stopped it yet. */
  onStopAnnounced(handle: () => void): void;
  /** Resolves when the supervisor stops the role, or when it has ended itself. */
  readonly stopped: Promise<'stop' | 'orphaned'>;
}

/**
 * Joins this process to its supervisor. The signals of a terminal or a service manager reach every process at once; a role
 * ignores them, because the supervisor gets them too and stops the roles in order.
 */
export function joinSupervisor(): Supervision {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  return {
    send,
    onAsked: (answer) => {
      onMessage('ask', async () => {
        await send({ type: 'answer', answer: await answer() });
      });
    },
    onStopAnnounced: (handle) => onMessage('announce-stop', handle),
    stopped: new Promise((resolve) => {
      onMessage('stop', () => resolve('stop'));
      process.once('disconnect', () => resolve('orphaned'));
      if (!process.connected) resolve('orphaned');
    }),
  };
}

function onMessage(type: string, handle: () => void): void {
  process.on('message', (message) => {
    if (isSupervisorMessage(message) && message.type === type) handle();
  });
}

function send(message: RoleMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
