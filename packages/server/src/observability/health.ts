import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerFixedPath, type TextAnswer } from '@bkend/http';

/** Resolves when a part that the role needs works, such as the database. */
export type Check = () => Promise<void>;

export interface HealthOptions {
  /** By the name of the part, which a 503 shows. */
  readonly checks: Readonly<Record<string, Check>>;
  /** Called with the reason for each part that fails; the response only has its name. */
  readonly onFailure?: (part: string, error: unknown) => void;
  readonly newRequestId: () => string;
}

export interface Health {
  /** Answers `/health/live` and `/health/ready`. @returns false for any other path, which it leaves to the role */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** From now on `/health/ready` is 503, so that load balancers send no new requests. */
  announceStop(): void;
}

/** Milliseconds for which one run of the checks answers all requests. */
const readinessLifeMs = 1000;
/** A check that takes longer has failed. */
const checkTimeoutMs = 3000;

/**
 * Health of a role, the same on its public port and its operations port. `GET` and `HEAD` of `/health/live` are 200 while the
 * process runs; of `/health/ready` 200, or 503 with the names of the failing parts, looked up at most once a second, or with
 * `"status": "stopping"`. Other methods are 405.
 */
export function createHealth({ checks, onFailure = () => {}, newRequestId }: HealthOptions): Health {
  let isStopping = false;
  let latest: { readonly atMs: number; readonly failing: Promise<string[]> } | undefined;
  const findFailing = () => {
    const now = performance.now();
    if (latest === undefined || now - latest.atMs >= readinessLifeMs) {
      latest = { atMs: now, failing: runChecks(checks, onFailure) };
    }
    return latest.failing;
  };
  const answers: Readonly<Record<string, () => Promise<TextAnswer>>> = {
    '/health/live': async () => json(200, { status: 'live' }),
    '/health/ready': async () => {
      if (isStopping) return json(503, { status: 'stopping' });
      const failing = await findFailing();
      return failing.length === 0
        ? json(200, { status: 'ready' })
        : json(503, { status: 'unavailable', failing });
    },
  };
  return {
    handle: (request, response) => answerFixedPath({ request, response, answers, newRequestId }),
    announceStop: () => {
      isStopping = true;
    },
  };
}

/** Runs all checks at once. @returns the names of those that fail, sorted */
async function runChecks(
  checks: HealthOptions['checks'],
  onFailure: NonNullable<HealthOptions['onFailure']>,
): Promise<string[]> {
  const failing: string[] = [];
  await Promise.all(
    Object.entries(checks).map(async ([part, check]) => {
      try {
        await withTimeout(check());
      } catch (error) {
        failing.push(part);
        onFailure(part, error);
      }
    }),
  );
  return failing.sort();
}

async function withTimeout(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, body: unknown): TextAnswer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}
