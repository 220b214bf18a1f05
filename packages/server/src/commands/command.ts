import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Output } from './output.ts';

/** What every command of the service gets beside its arguments. */
export interface CommandContext extends Output {
  readonly config: Config;
  readonly log: Logger;
}
