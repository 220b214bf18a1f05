import { abortedError } from './storage-error.ts';
import { sleep } from './transfer/sleep.ts';
import type { Api } from './transport/api.ts';
import type { Operation } from './wire.ts';

/** Options of calls that go on in the background. Aborting ends the waiting, and not the operation. */
export interface OperationOptions {
  /** Aborting it rejects the call with `client/aborted`. */
  signal?: AbortSignal;
  /** Called with every state that is read, the last one included. */
  onProgress?: (operation: Operation) => void;
}

/** Pauses between two requests, which double. */
const pauseSeconds = { first: 0.1, longest: 2 };

/** Reads an operation again and again until it has ended. */
export async function waitForOperation(
  api: Api,
  operationId: string,
  { signal, onProgress }: OperationOptions = {},
): Promise<Operation> {
  const path = `/operations/${encodeURIComponent(operationId)}`;
  for (let pause = pauseSeconds.first; ; pause = Math.min(2 * pause, pauseSeconds.longest)) {
    const operation = await api<Operation>({ path, signal });
    onProgress?.(operation);
    if (operation.state !== 'running') return operation;
    try {
      await sleep(pause, signal);
    } catch (error) {
      throw signal === undefined ? error : abortedError(signal, 'requesting');
    }
  }
}
