import type { FastifyRequest } from 'fastify';
import type { Operator } from '../identity/operators/operator.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { ConsoleApp, ConsoleDeps } from './console-app.ts';

type AuditDeps = Pick<ConsoleDeps, 'audit' | 'onAuditFailure' | 'clientAddress' | 'clock'>;

/** The change that a request is about to make. */
interface Change {
  readonly operator: Operator;
  readonly tenant?: Tenant;
}

/** Writes the entry of the audit log for a request; called before its change begins. */
export async function beginEntry(
  { audit, clientAddress, clock }: Omit<AuditDeps, 'onAuditFailure'>,
  request: FastifyRequest,
  { operator, tenant }: Change,
): Promise<void> {
  const route = request.routeOptions.url ?? '';
  // The router gives every parameter a text.
  const { project, env, ...target } = (request.params ?? {}) as Record<string, string>;
  request.auditId = await audit.begin({
    at: clock(),
    operatorId: operator.id,
    operatorName: operator.name,
    ...(tenant !== undefined && { tenant }),
    action: `${request.method} ${route.replace('/api/t/:project/:env', '')}`,
    target: Object.values(target).join('/').slice(0, 1_024),
    requestId: request.id,
    address: clientAddress(request.raw),
  });
}

/** Completes entries of the audit log with the status of the answer. */
export function completeEntries(app: ConsoleApp, { audit, onAuditFailure }: AuditDeps): void {
  app.addHook('onResponse', (request, reply, done) => {
    if (request.auditId !== undefined) {
      audit.end(request.auditId, reply.statusCode).catch(onAuditFailure);
    }
    done();
  });
}
