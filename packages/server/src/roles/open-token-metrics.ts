import { Counter, Gauge, type Registry } from 'prom-client';
import type { TokenRefusalReason } from '../identity/access-token.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { EnvironmentRepository } from '../projects/ports.ts';

/** Metrics of what goes on after the upgrade to environments with tokens of their own. */
export function createOpenTokenMetrics(
  registry: Registry,
  environments: Pick<EnvironmentRepository, 'listOpenTokens'>,
) {
  const taken = new Counter({
    name: 'bkend_open_tokens_total',
    help: 'Tokens taken only because what worked before the upgrade goes on, by what they lack.',
    labelNames: ['environment', 'reason'],
    registers: [registry],
  });
  new Gauge({
    name: 'bkend_open_tokens_until_timestamp_seconds',
    help: 'Until when such tokens are taken, for each environment that takes them.',
    labelNames: ['environment'],
    registers: [registry],
    async collect() {
      const open = await environments.listOpenTokens().catch(() => undefined);
      if (open === undefined) return;
      this.reset();
      for (const { tenant, until } of open) this.set({ environment: tenant }, until.getTime() / 1000);
    },
  });
  return {
    count: (tenant: Tenant, reason: TokenRefusalReason) => taken.inc({ environment: tenant, reason }),
  };
}
