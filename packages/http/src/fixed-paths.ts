import type { IncomingMessage, ServerResponse } from 'node:http';
import { StorageError } from '@bkend/storage-contract';
import { pathOf } from './request-head.ts';
import { sendError, sendText, type TextAnswer } from './send-error.ts';

export interface FixedPaths {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answers: Readonly<Record<string, () => Promise<TextAnswer>>>;
  readonly newRequestId: () => string;
}

/** Answers a path that is fixed, however the request spells it. @returns false for other paths */
export function answerFixedPath({ request, response, answers, newRequestId }: FixedPaths): boolean {
  const path = pathOf(request.url ?? '/');
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  if (answer === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    const refusal = new StorageError('common/method-not-allowed', `${path} takes GET, HEAD.`);
    sendError(response, refusal, newRequestId());
    return true;
  }
  answer().then(
    (ready) => sendText(response, ready),
    (error: unknown) => {
      const refusal = new StorageError('common/internal-error', 'Not answered.', { cause: error });
      sendError(response, refusal, newRequestId());
    },
  );
  return true;
}
