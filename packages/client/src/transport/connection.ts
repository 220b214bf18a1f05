import type { Pool } from '../transfer/pool.ts';
import type { Api, ApiOptions } from './api.ts';
import type { Journal } from './platform.ts';

/** Options and resources that all calls of one `createStorage` share. */
export interface Connection extends ApiOptions {
  readonly api: Api;
  /** Slots for transfers. */
  readonly pool: Pool;
  /** Slots for multipart uploads of one batch. */
  readonly multiparts?: Pool;
  /** Undefined: no upload is resumed after a restart. */
  readonly journal: Journal | undefined;
  /** URL of the images host, where configured. */
  readonly imagesUrl: string | undefined;
}
