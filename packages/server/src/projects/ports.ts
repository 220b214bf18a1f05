import type { ChangeNotifications } from '../identity/notified-cache.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Environment, Project } from './environment.ts';
import type { EnvironmentSettings, OwnSettings } from './settings-table.ts';

/** The settings in force in an environment; those of the service where there is no such environment. */
export type FindSettings = (tenant: Tenant) => Promise<EnvironmentSettings>;

interface NewEnvironment {
  readonly tenant: Tenant;
  readonly id: string;
  readonly at: Date;
}

/** A change of an environment. */
interface EnvironmentChange {
  /** All own settings from now on; settings of a newer version stay beside them. */
  readonly settings: OwnSettings;
  /** The sources of `settings.tokens`; see `tokenSourcesOf`. */
  readonly tokenSources: readonly string[];
  /** The instant at which home is moved here; absent when it is not moved. */
  readonly homeSince?: Date;
}

/** Projects and environments. A change notifies every process. */
export interface EnvironmentRepository {
  find(tenant: Tenant): Promise<Environment | undefined>;
  /** The home environment; undefined in an installation without. */
  findHome(): Promise<Environment | undefined>;
  /** By name. */
  list(): Promise<Environment[]>;
  /** Creates an environment, and its project where there is none. @returns false when it exists already */
  create(environment: NewEnvironment): Promise<boolean>;
  /**
   * Reads the environment under a lock, calls `decide` and writes the change; an error of `decide` rolls back.
   * @returns undefined when there is no such environment
   */
  change(
    tenant: Tenant,
    decide: (environment: Environment) => EnvironmentChange,
  ): Promise<Environment | undefined>;
  /** Environments that accept tokens of before the upgrade, and until when; by name. */
  listOpenTokens(): Promise<{ readonly tenant: Tenant; readonly until: Date }[]>;
  /** Ends the acceptance of tokens of before the upgrade. @returns the environments that accepted them */
  closeTokens(): Promise<Tenant[]>;
  /** The origins that any environment allows, each once; includes `*` where one allows all. */
  listOrigins(): Promise<string[]>;
  listProjects(): Promise<Project[]>;
  /** @returns false when it exists already */
  createProject(project: Project): Promise<boolean>;
}

/** Notifications of changed environments. */
export type EnvironmentNotifications = ChangeNotifications;
