import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StorageError } from '@bkend/storage-contract';
import type { Registry } from 'prom-client';
import { urlOf } from '../config/listening.ts';
import type { OperationsConfig } from '../config/operations.ts';
import { createHost } from '../http/create-host.ts';
import { answerFixedPath } from '../http/fixed-paths.ts';
import { sendError } from '../http/send-error.ts';
import { createHealthHandler, type HealthHandler } from '../observability/health-handler.ts';
import type { Logger } from '../observability/logger.ts';
import type { Check } from '../observability/readiness.ts';

export interface OperationsDeps {
  /** What must work for the role to be ready. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  readonly newRequestId: () => string;
  readonly log: Logger;
}

export interface Operations {
  /** For the role's public port. */
  readonly health: HealthHandler;
  /** Of the operations port. */
  readonly url: string;
  close(): Promise<void>;
}

/** Prometheus and probes, not the public. */
const maxConnections = 200;
const drainMs = 500;

/** Opens the port on which operators find a role's health, and its `/metrics` in Prometheus' text format. */
export async function openOperations(
  config: OperationsConfig,
  { checks, registry, newRequestId, log }: OperationsDeps,
): Promise<Operations> {
  const health = createHealthHandler({
    checks,
    newRequestId,
    onFailure: (part, error) => log.warn({ part, err: error }, 'not ready'),
  });
  const answers = {
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
  const { server, connections } = createHost({
    first: [health, (request, response) => answerFixedPath({ request, response, answers, newRequestId })],
    listener: (_request, response) => {
      const refusal = new StorageError(
        'common/not-found',
        'Here are /health/live, /health/ready and /metrics.',
      );
      sendError(response, refusal, newRequestId());
    },
    newRequestId,
    maxConnections,
  });
  await listen(server, config, log);
  // A listening TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return { health, url: urlOf(config.host, port), close: () => connections.drain(drainMs) };
}

/** @throws an error with a sentence for the operator */
async function listen(server: Server, config: OperationsConfig, log: Logger): Promise<void> {
  const { host, port, isDefault, variable } = config;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken || !isDefault || port === 0) {
      const why = isTaken ? 'something else listens there' : String(cause);
      throw new Error(
        `Operations cannot listen on port ${port} of ${host}: ${why}. Set ${variable} or BKEND_OPERATIONS_HOST to another.`,
        { cause },
      );
    }
    log.warn({ port }, 'the usual operations port is taken; any free one is used');
    server.listen(0, host);
    await once(server, 'listening');
  }
}
