import type { ChangeNotices } from '../identity/noticed-cache.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment, Project } from './environment.ts';
import type { EnvironmentSettings, OwnSettings } from './settings-table.ts';

/** The settings in force in an environment; those of the service where there is no such environment. */
export type FindSettings = (tenant: Tenant) => Promise<EnvironmentSettings>;

export interface NewEnvironment {
  readonly tenant: Tenant;
  readonly id: string;
  readonly at: Date;
}

/** What changes in an environment. */
export interface EnvironmentChange {
  /** All that are set from now on; what a newer version has set beside them stays. */
  readonly settings: OwnSettings;
  /** What `settings.tokens` verifies by; see `tokenSourcesOf`. */
  readonly tokenSources: readonly string[];
  /** Present: home is moved here, at this instant. */
  readonly homeSince?: Date;
}

/** Where projects and environments are kept. Every process gets notice of a change. */
export interface EnvironmentRepository {
  find(tenant: Tenant): Promise<Environment | undefined>;
  /** The one that is home; undefined in an installation without. */
  findHome(): Promise<Environment | undefined>;
  /** By name. */
  list(): Promise<Environment[]>;
  /** Makes it, and its project where there is none; false when it is there already. */
  create(environment: NewEnvironment): Promise<boolean>;
  /**
   * Reads it under a lock, asks what to change and writes that; what `decide` throws undoes all. Undefined when there is
   * no such environment.
   */
  change(
    tenant: Tenant,
    decide: (environment: Environment) => EnvironmentChange,
  ): Promise<Environment | undefined>;
  /** Where tokens that worked before the upgrade go on working, and until when. By name. */
  listOpenTokens(): Promise<{ readonly tenant: Tenant; readonly until: Date }[]>;
  /** Ends what goes on from before the upgrade, everywhere; returns where it did go on. */
  closeTokens(): Promise<Tenant[]>;
  /** All origins that any environment allows, each once; `*` among them where one allows all. */
  listOrigins(): Promise<string[]>;
  listProjects(): Promise<Project[]>;
  /** False when it is there already. */
  createProject(project: Project): Promise<boolean>;
}

/** News of changed environments, delivered to every process. */
export type EnvironmentNotices = ChangeNotices;
