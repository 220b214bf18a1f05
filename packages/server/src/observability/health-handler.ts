import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerFixedPath } from '../http/fixed-paths.ts';
import type { TextAnswer } from '../http/send-text.ts';
import { type Check, checkReadiness, type Readiness } from './readiness.ts';

export interface HealthOptions {
  readonly checks: Readonly<Record<string, Check>>;
  /** Told why a part is not ready; the answer only names the part. */
  readonly onFailure?: (part: string, error: unknown) => void;
  readonly newRequestId: () => string;
}

/** Answers what is its own and says whether it was. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** How long one look at the parts answers everybody who asks. */
const readinessLifeMs = 1000;

/**
 * Answers `GET` and `HEAD` of `/health/live` (200 as long as the process runs) and `/health/ready` (200, or 503 naming the
 * failing parts; looked up at most once a second), and refuses other methods of theirs. Leaves everything else to the role.
 */
export function createHealthHandler({ checks, onFailure, newRequestId }: HealthOptions): HealthHandler {
  let looked: { readonly atMs: number; readonly readiness: Promise<Readiness> } | undefined;
  const readiness = () => {
    const now = performance.now();
    if (looked === undefined || now - looked.atMs >= readinessLifeMs) {
      looked = { atMs: now, readiness: checkReadiness(checks, onFailure) };
    }
    return looked.readiness;
  };
  const answers: Readonly<Record<string, () => Promise<TextAnswer>>> = {
    '/health/live': async () => json(200, { status: 'live' }),
    '/health/ready': async () => {
      const { status, body } = await readiness();
      return json(status, body);
    },
  };
  return (request, response) => answerFixedPath({ request, response, answers, newRequestId });
}

function json(status: number, body: unknown): TextAnswer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}
