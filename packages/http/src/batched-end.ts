import type { ServerResponse } from 'node:http';

interface Ending {
  readonly response: ServerResponse;
  readonly body: Uint8Array | undefined;
}

/** Responses of one batch: clients on other cores get their first responses while the next batch is prepared. */
const maxTogether = 8;

let endings: Ending[] = [];

/**
 * Ends an answer together with others of this turn, at its end at the latest: writing an answer often wakes the process that waits
 * for it, and waking it for each takes longer than making the answers.
 * @param body what is left to send
 */
export function batchedEnd(response: ServerResponse, body?: Uint8Array): void {
  endings.push({ response, body });
  if (endings.length === 1) setImmediate(endAll);
  if (endings.length === maxTogether) endAll();
}

function endAll(): void {
  const due = endings;
  endings = [];
  for (const { response, body } of due) response.end(body);
}
