import type { Job } from './job.ts';

/** Days that events are kept at least; a week is dropped when its last event is as old. */
const keptDays = 30;
const dayMs = 24 * 60 * 60 * 1000;

/** Drops events that are older than 30 days, a week at a time. */
export const dropEvents: Job = {
  name: 'drop-events',
  description: 'Drop events that are older than 30 days, a week at a time.',
  everySeconds: 600,
  startsAtOnce: true,
  async run({ maintenance, clock }) {
    const dropped = await maintenance.dropEvents({ before: new Date(clock().getTime() - keptDays * dayMs) });
    return { counts: { dropped } };
  },
};
