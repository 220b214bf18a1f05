import type { Tenant } from '../identity/tenant.ts';
import type { Origins } from '../projects/origins.ts';

/** Whose pages may read which answers of the images host. */
export interface PictureOrigins {
  /** Of refusals, which are the same whether there is such an environment or not. */
  readonly service: Origins;
  /** Of an environment's pictures. */
  readonly find: (tenant: Tenant) => Promise<Origins>;
  /** The same, where nothing has to be looked up for it. */
  readonly peek: (tenant: Tenant) => Origins | undefined;
}
