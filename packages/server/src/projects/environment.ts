import type { Tenant } from '../identity/tenant.ts';
import type { OwnSettings } from './settings-table.ts';

/** An environment of a project: a tenant, as its operator made it. */
export interface Environment {
  readonly tenant: Tenant;
  /** UUID; a part of what its generated secret is derived from, so that an environment made again has another one. */
  readonly id: string;
  readonly createdAt: Date;
  /** Its own settings, without `home`. */
  readonly settings: OwnSettings;
  /** Takes service-wide tokens that name no environment. One environment is home. */
  readonly isHome: boolean;
  /** When home was moved here; absent where home has been since the first start. */
  readonly homeSince?: Date;
  /** The generated secret of the version before environments had secrets of their own is this one's. */
  readonly ownsFirstSecret: boolean;
  /** Tokens issued before are refused; absent for environments older than this rule. */
  readonly tokensFrom?: Date;
  /** Until then, tokens that worked before the upgrade go on working. */
  readonly openTokensUntil?: Date;
  /** Since when it is being deleted. */
  readonly deletingSince?: Date;
  /** The audiences of other environments that verify by the same secret or JWKS URL; undefined for one without. */
  readonly rivalAudiences: readonly (string | undefined)[];
}

/** A project, as lists show it. */
export interface Project {
  readonly name: string;
  /** The name that people read; absent: as its name. */
  readonly label?: string;
  /** Since when it is being deleted. */
  readonly deletingSince?: Date;
  readonly createdAt: Date;
}
