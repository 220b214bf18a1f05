import type { ServerResponse } from 'node:http';

interface Ending {
  readonly response: ServerResponse;
  readonly body: Uint8Array | undefined;
}

let endings: Ending[] = [];

/**
 * Ends an answer at the end of this turn. What a busy server has read in one turn it then answers in one go: writing an answer
 * often wakes the process that waits for it, and waking it for each takes longer than making the answers.
 * @param body what is left to send
 */
export function endTogether(response: ServerResponse, body?: Uint8Array): void {
  endings.push({ response, body });
  if (endings.length === 1) setImmediate(endAll);
}

function endAll(): void {
  const due = endings;
  endings = [];
  for (const { response, body } of due) response.end(body);
}
