import type { Origins } from '@bkend/storage-contract';

/** All that the service or any environment allows, in an order that depends on nothing else. */
export function uniteOrigins(service: Origins, own: Iterable<string>): Origins {
  const all = new Set([...(service === '*' ? [service] : service), ...own]);
  return all.has('*') ? '*' : [...all].sort();
}

/** The value of `Access-Control-Allow-Origin` for a request from `origin` (Fetch Standard, section 3.3.3); undefined: no header. */
export function allowedOrigin(origins: Origins, origin: string | undefined): string | undefined {
  if (origins === '*') return '*';
  return origin !== undefined && origins.includes(origin) ? origin : undefined;
}
