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
  /**
   * Creates an environment, and its project where there is none.
   * @returns false when it exists already
   * @throws `environment/deleting`, also within 30 days of the deletion of its name
   */
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
  /** @returns false when it exists already @throws as `create` */
  createProject(project: Pick<Project, 'name' | 'createdAt'>): Promise<boolean>;
  /** @returns false when there is no such project */
  labelProject(name: string, label: string): Promise<boolean>;
}

/** How far the deletion of an environment is. */
export interface Deletion {
  readonly tenant: Tenant;
  readonly since: Date;
  /** Files when it began, and those that are left, with those in the trash. */
  readonly filesAtStart: number;
  readonly filesLeft: number;
}

/** The deletion of environments and projects, in steps that are each safe to repeat. */
export interface DeletionRepository {
  /**
   * Marks an environment. From then on it takes no requests, and its webhooks are off. Repeating it changes nothing.
   * @returns `home` when it is home, which cannot be deleted
   */
  begin(tenant: Tenant, at: Date): Promise<'begun' | 'home' | 'unknown'>;
  /** Marks a project and all its environments, or none where one is home. */
  beginProject(name: string, at: Date): Promise<'begun' | 'home' | 'unknown'>;
  /** Environments that are being deleted, by name. */
  list(): Promise<Deletion[]>;
  /**
   * Removes some of what an environment has: open uploads and files, whose bytes are queued for purging, then all other rows.
   * @param limit of each kind
   * @returns the number of rows removed; 0 when nothing is left to remove
   */
  removeNext(tenant: Tenant, limit: number): Promise<number>;
  /**
   * Removes the environment with its keys, and its project where that is to go and this was its last.
   * @returns false while rows of its files or purges that are due are left
   */
  finish(tenant: Tenant, at: Date): Promise<boolean>;
  /** Removes projects to be deleted that have no environment. */
  finishProjects(at: Date): Promise<void>;
}

/** Notifications of changed environments. */
export type EnvironmentNotifications = ChangeNotifications;
