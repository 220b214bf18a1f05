/**
 * The table of roles. The settings of a role's ports and URL, its part of `Config`, the variables of its process, its line in
 * the banner, start and stop, locks on the data directory and `serve --only` derive from its row. Its code is
 * `roles/<role>.ts`, which `roles/start-role.ts` loads. CONTRIBUTING.md, "A role", names the tests and documents that list the
 * roles.
 */

/** A server that another role is a client of. */
type Backend = 'database' | 'objects';

export interface Role {
  /** Default public port; its setting is `BKEND_<ROLE>_PORT`. 'none': no public port unless that is set. */
  readonly port?: number | 'none';
  /** Whether `BKEND_<ROLE>_URL`, the address that clients see, may have a path. Required with a default public port. */
  readonly urlMayHavePath?: boolean;
  /** Default operations port: this many above the default public port of the role `of`, which must have one. */
  readonly operationsPort?: { readonly of: string; readonly offset: number };
  /** Servers that the role is a client of: it waits for them at its start, and is given their settings. */
  readonly needs: readonly Backend[];
  /** Stops run in this order: roles of one step at once, the next step when all of them have ended. */
  readonly stopStep: 1 | 2 | 3;
  /**
   * Milliseconds after which a role that stops is killed: `BKEND_SHUTDOWN_GRACE_SECONDS`, or a number of its own, which
   * a second signal does not shorten.
   */
  readonly stopMs: 'grace' | number;
  /**
   * The role keeps data in the data directory: one process of it runs for each, and a start is finished before it stops.
   * The refusal is what `--only` says where the settings name another server instead.
   */
  readonly embedded?: { readonly refusal: string };
}

const table = {
  database: {
    needs: [],
    stopStep: 3,
    // The role ends PostgreSQL in three steps of its own, the last of which is SIGQUIT.
    stopMs: 40_000,
    embedded: { refusal: '--only database runs the embedded PostgreSQL, but DATABASE_URL names another.' },
  },
  objects: {
    port: 4501,
    // S3 signatures cover the path, so a proxy must not change it.
    urlMayHavePath: false,
    operationsPort: { of: 'objects', offset: 10 },
    needs: [],
    stopStep: 2,
    stopMs: 'grace',
    embedded: { refusal: '--only objects runs the embedded store, but S3_BUCKET names a bucket elsewhere.' },
  },
  api: {
    port: 4500,
    urlMayHavePath: true,
    operationsPort: { of: 'api', offset: 10 },
    needs: ['database', 'objects'],
    stopStep: 1,
    stopMs: 'grace',
  },
  images: {
    port: 4502,
    urlMayHavePath: true,
    operationsPort: { of: 'images', offset: 10 },
    needs: ['database', 'objects'],
    stopStep: 1,
    stopMs: 'grace',
  },
  console: {
    port: 4503,
    // Its cookie and its routes are those of a whole host.
    urlMayHavePath: false,
    operationsPort: { of: 'console', offset: 10 },
    needs: ['database', 'objects'],
    stopStep: 1,
    stopMs: 'grace',
  },
  jobs: {
    port: 'none',
    operationsPort: { of: 'api', offset: 14 },
    needs: ['database', 'objects'],
    stopStep: 1,
    stopMs: 'grace',
  },
} as const satisfies Readonly<Record<string, Role>>;

export type RoleName = keyof typeof table;
/** Roles with a public port by default. */
export type HostName = RoleWith<{ readonly port: number }>;
/** Roles that have a public port only where it is set. */
export type OptionalHostName = RoleWith<{ readonly port: 'none' }>;
/** Roles with an operations port. */
export type OperatedRole = RoleWith<{ readonly operationsPort: object }>;
type RoleWith<Row> = { [Name in RoleName]: (typeof table)[Name] extends Row ? Name : never }[RoleName];

export const roles: Readonly<Record<RoleName, Role>> & typeof table = table;
// Object.keys of an object literal returns exactly its keys.
export const roleNames = Object.keys(table) as readonly RoleName[];

/** Roles that answer HTTP, on an operations port at least. */
export const hostRoles = roleNames.filter((name): name is OperatedRole => 'operationsPort' in table[name]);

/** Roles with a public port by default, in the order of these ports. */
export const publicHosts = roleNames
  .filter((name): name is HostName => typeof roles[name].port === 'number')
  .toSorted((a, b) => roles[a].port - roles[b].port);

/** Roles that have a public port only where it is set. */
export const optionalHosts = roleNames.filter(
  (name): name is OptionalHostName => roles[name].port === 'none',
);

/** Roles with an operations port, in the order of its default. */
export const operatedRoles = hostRoles.toSorted(
  (a, b) => defaultOperationsPort(a) - defaultOperationsPort(b),
);

/** Roles that are clients of the database. */
export const databaseClients = roleNames.filter((name) => roles[name].needs.includes('database'));

/** Roles that are clients of the object store. */
export const objectsClients = roleNames.filter((name) => roles[name].needs.includes('objects'));

/** Roles that stop before this one. */
export function stopsAfter(name: RoleName): readonly RoleName[] {
  return roleNames.filter((other) => roles[other].stopStep < roles[name].stopStep);
}

/** Returns the operations port of a role where no port is set. */
export function defaultOperationsPort(name: OperatedRole): number {
  const { of, offset } = roles[name].operationsPort;
  return roles[of].port + offset;
}

/** Returns the name of a role's host in words: "API host", "images host". */
export function hostTitle(name: HostName): string {
  return name === 'api' ? 'API' : name;
}

/** Returns one value for each of the roles, by its name. */
export function forRoles<Name extends RoleName, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Readonly<Record<Name, Value>> {
  // The entries have exactly these names.
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}

export function isRoleName(text: string): text is RoleName {
  return Object.hasOwn(table, text);
}
