import { type ItemError, StorageError, toErrorBody } from '@bkend/storage-contract';
import { forEachConcurrently } from '../for-each-concurrently.ts';

/**
 * Answers the items of a batch, each as if it had been sent alone: a refused item gets its error, and the others go on. An error
 * that is a fault of the service itself ends the batch.
 * @param options.atOnce most items that are answered at the same time
 * @param options.check throws the refusal of an item that is malformed
 * @returns an answer or an error for each item, in order
 */
export async function answerEach<Item, Answer extends object>(
  items: readonly Item[],
  { atOnce, check }: { readonly atOnce: number; readonly check?: (item: unknown) => void },
  answer: (item: Item) => Promise<Answer>,
): Promise<(Answer | ItemError)[]> {
  const answers: (Answer | ItemError)[] = new Array(items.length);
  const answerOne = async (item: Item) => {
    check?.(item);
    return answer(item);
  };
  await forEachConcurrently(items.entries(), atOnce, async ([index, item]) => {
    answers[index] = await answerOne(item).catch(toItemError);
  });
  return answers;
}

function toItemError(error: unknown): ItemError {
  if (!(error instanceof StorageError)) throw error;
  return { error: toErrorBody(error, '').error };
}

/** An id that was asked for, as text: what is no text, as JSON. */
export function textOf(id: unknown): string {
  return typeof id === 'string' ? id : JSON.stringify(id);
}
