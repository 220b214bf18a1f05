import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerFixedPath, createHost, sendError } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import type { Registry } from 'prom-client';
import { urlOf } from '../config/listening.ts';
import type { OperationsConfig } from '../config/operations.ts';
import { type Check, createHealth, type Health } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';

export interface OperationsDeps {
  /** Parts that must work for the role to be ready. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  readonly newRequestId: () => string;
  readonly log: Logger;
}

export interface Operations {
  /** Answers health on the role's public port. */
  readonly health: Health['handle'];
  readonly announceStop: Health['announceStop'];
  /** URL of the operations port. */
  readonly url: string;
  close(): Promise<void>;
}

/** Connections of Prometheus and probes. */
const maxConnections = 200;
const drainMs = 500;

/** Opens the operations port of a role: health, and `/metrics` in Prometheus' text format. */
export async function openOperations(
  config: OperationsConfig,
  { checks, registry, newRequestId, log }: OperationsDeps,
): Promise<Operations> {
  const health = createHealth({
    checks,
    newRequestId,
    onFailure: (part, error) => log.warn({ part, err: error }, 'not ready'),
  });
  const answers = {
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
  };
  const { server, connections } = createHost({
    first: [
      health.handle,
      (request, response) => answerFixedPath({ request, response, answers, newRequestId }),
    ],
    listener: (_request, response) => {
      const refusal = new StorageError(
        'common/not-found',
        'This port has /health/live, /health/ready and /metrics.',
      );
      sendError(response, refusal, newRequestId());
    },
    newRequestId,
    maxConnections,
  });
  await listen(server, config, log);
  // A listening TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    health: health.handle,
    announceStop: health.announceStop,
    url: urlOf(config.host, port),
    close: () => connections.drain(drainMs),
  };
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
      const why = isTaken ? 'another program listens there' : String(cause);
      throw new Error(
        `The operations port ${port} of ${host} cannot be opened: ${why}. Set ${variable} or BKEND_OPERATIONS_HOST to another.`,
        { cause },
      );
    }
    log.warn({ port }, 'the default operations port is taken; any free one is used');
    server.listen(0, host);
    await once(server, 'listening');
  }
}
