import type { Logger } from './logger.ts';
import type { RequestMetrics } from './metrics.ts';

/**
 * A request that a host has answered, the same for the API, images and objects: what its line in the log and its metric are
 * made of. Nothing in it is secret, and there is no query string, which may contain a signature.
 */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  readonly status: number;
  /** From the request to the end of its response. */
  readonly durationMs: number;
  /** Pattern of the route, `/v1/files/:fileId`; absent on hosts with one route. */
  readonly route?: string;
  readonly path?: string;
  /** Shown as the tenant and the kind of caller. */
  readonly caller?: { readonly tenant: string; readonly kind: string };
  /** Name of the S3 operation. */
  readonly operation?: string;
  /** S3's error code. */
  readonly errorCode?: string;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  /** The response came from memory, with nothing looked up, read or made for it. */
  readonly atOnce?: boolean;
  /** Logged with statuses of 500 and above. */
  readonly error?: unknown;
}

export interface RequestLogOptions {
  readonly log: Logger;
  readonly metrics: RequestMetrics;
  /** Pattern of the only route of a host; label of its metrics. */
  readonly route?: string;
  /** Requests that are logged at `debug` unless they fail: probes, and responses that cost less than their line. */
  readonly isRoutine?: (answered: AnsweredRequest) => boolean;
}

/**
 * The request log of a host: counts each answered request and writes one line for it, at `info`; at `error` where its status is
 * 500 or above, with the error.
 */
export function createRequestLog({ log, metrics, route, isRoutine }: RequestLogOptions) {
  return (answered: AnsweredRequest): void => {
    metrics.count(answered, answered.route ?? route ?? 'unknown');
    const isFailure = answered.status >= 500;
    const level = isFailure ? 'error' : isRoutine?.(answered) ? 'debug' : 'info';
    if (!log.isLevelEnabled(level)) return;
    log[level](lineOf(answered), isFailure ? 'request failed' : 'request');
  };
}

/** The fields of a line. Operators' tools read them by name. */
function lineOf({ caller, error, durationMs, ...rest }: AnsweredRequest): object {
  return {
    ...rest,
    durationMs: Math.round(durationMs * 10) / 10,
    ...(caller && { tenant: caller.tenant, caller: caller.kind }),
    ...(rest.status >= 500 && error !== undefined && { err: error }),
  };
}
