import type { Operation, OperationOptions } from '@bkend/storage';
import { InterruptedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { untilInterrupted } from '../interrupt.ts';
import { createCountBar } from '../progress-bar.ts';
import { countFiles } from './stored-folder.ts';

/** The service has given an operation up. */
class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';

  constructor({ done, total }: Operation) {
    const counts = `${done.toLocaleString('en')} of ${countFiles(total)}`;
    super(`The service has given up after ${counts}; the same command does the rest.`);
  }
}

/**
 * Starts an operation, waits for its end, and shows on a terminal how far it is.
 * @param label the folder
 * @throws InterruptedError on Ctrl-C, which ends the waiting alone; {@link UnfinishedError} when the operation has failed
 */
export async function followOperation(
  start: (options: OperationOptions) => Promise<Operation>,
  { label, output }: { readonly label: string; readonly output: Output },
): Promise<Operation> {
  const control = new AbortController();
  const bar = createCountBar(output);
  try {
    const options: OperationOptions = {
      signal: control.signal,
      onProgress: (operation) => {
        if (operation.state === 'running') bar.update(operation, label);
      },
    };
    const ended = await untilInterrupted(start(options), () => {
      control.abort();
      return new InterruptedError('Interrupted. What the service has begun goes on there.');
    });
    if (ended.state === 'failed') throw new UnfinishedError(ended);
    return ended;
  } finally {
    bar.stop();
  }
}
