import { operationBatchSize } from '../files/operations/start-operation.ts';
import { type Job, nextAttemptAt } from './job.ts';

/** Operations that are done in turn, a batch of each: a long one keeps no short one waiting. */
const maxInTurn = 100;
/** Within some 40 minutes, by the pauses between them. */
const maxAttempts = 8;
const keptMs = 7 * 24 * 60 * 60 * 1000;

/** Goes on with operations that clients have started, whatever became of the process that began them. */
export const runOperations: Job = {
  name: 'run-operations',
  description:
    'Go on with moves and deletions of folders and of a user’s files; forget those that ended 7 days ago.',
  everySeconds: 1,
  startsAtOnce: true,
  async run({ operations, clock }, { signal }) {
    const findings: string[] = [];
    let changed = 0;
    for (;;) {
      const due = await operations.findDue({ now: clock(), limit: maxInTurn });
      for (const operation of due) {
        if (signal.aborted) break;
        const at = clock();
        try {
          changed += await operations.changeNext(operation, { at, limit: operationBatchSize });
        } catch (error) {
          const { id, attempts } = operation;
          const isOver = attempts + 1 >= maxAttempts;
          await operations.countFailure(operation, {
            at,
            ...(!isOver && { dueAt: nextAttemptAt(at, attempts) }),
          });
          findings.push(`operation ${id} ${isOver ? 'was given up' : 'will be tried again'}: ${error}`);
        }
      }
      if (due.length === 0 || signal.aborted) break;
    }
    const removed = await operations.removeEnded(new Date(clock().getTime() - keptMs));
    return { counts: { changed, failures: findings.length, removed }, findings };
  },
};
