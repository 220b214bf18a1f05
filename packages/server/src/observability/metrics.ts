import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one role's process, with the usual ones about the process in it; every one is labelled with the role. */
export function createRegistry(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  return registry;
}
