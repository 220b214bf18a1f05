import { findSetting } from './all-settings.ts';
import type { Config } from './config.ts';
import type { Env } from './env.ts';
import { databaseClients, hostRoles, objectsClients, type RoleName, roleNames } from './role-table.ts';

interface SystemVariables {
  /** The names in words, for `docs/settings.md`. */
  readonly label: string;
  /** Matches whole names. */
  readonly names: RegExp;
  readonly roles: readonly RoleName[];
  /** Installations in which the variables are read; all when absent. */
  readonly when?: (config: Config) => boolean;
}

/** Variables that libraries and the system read. The first row that matches a name decides. */
export const systemVariables: readonly SystemVariables[] = [
  {
    label: '`PATH`, `HOME`, `USER`, `TMPDIR`, `TZ`, `LANG`, `LC_…`, `TERM`, `NO_COLOR`',
    names: /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|TZ|LANG|LC_[A-Z]+|TERM|NO_COLOR)$/,
    roles: roleNames,
  },
  {
    label: '`SystemRoot`, `ComSpec`, `PATHEXT`, `APPDATA`, `USERPROFILE`',
    names: /^(SystemRoot|windir|ComSpec|PATHEXT|APPDATA|USERPROFILE)$/i,
    roles: roleNames,
  },
  {
    label: '`NODE_OPTIONS`, `NODE_ENV`, `NODE_EXTRA_CA_CERTS` and other options of Node',
    names:
      /^NODE_(OPTIONS|ENV|PATH|EXTRA_CA_CERTS|USE_SYSTEM_CA|TLS_REJECT_UNAUTHORIZED|ICU_DATA|DEBUG|V8_COVERAGE|COMPILE_CACHE|DISABLE_COMPILE_CACHE)$/,
    roles: roleNames,
  },
  {
    label: '`SSL_CERT_FILE`, `SSL_CERT_DIR`, `OPENSSL_CONF`, `UV_…`, `MALLOC_…`, `GLIBC_TUNABLES`',
    names: /^(SSL_CERT_(FILE|DIR)|OPENSSL_CONF|UV_[A-Z_]+|MALLOC_[A-Z_]+|GLIBC_TUNABLES)$/,
    roles: roleNames,
  },
  { label: '`LD_…`, `DYLD_…`', names: /^(LD_[A-Z_]+|DYLD_[A-Z_]+)$/, roles: roleNames },
  { label: '`OTEL_…`', names: /^OTEL_[A-Z_]+$/, roles: hostRoles },
  {
    label: '`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`',
    names: /^(HTTPS?|NO)_PROXY$/i,
    roles: ['api', 'images', 'console', 'jobs'],
  },
  {
    label: '`FONTCONFIG_…`, `VIPS_…`, `XDG_CACHE_HOME`, `XDG_DATA_HOME`',
    names: /^(FONTCONFIG_[A-Z]+|XDG_(CACHE|DATA)_HOME|VIPS_[A-Z_]+)$/,
    roles: ['images'],
  },
  // `pg` completes DATABASE_URL from libpq's variables.
  {
    label: 'libpq’s `PG…`, where `DATABASE_URL` is set',
    names: /^PG[A-Z]+$/,
    roles: databaseClients,
    when: ({ database }) => database.kind === 'external',
  },
  // The AWS credential chain.
  {
    label: '`AWS_…`, where an S3 is set up without `S3_ACCESS_KEY_ID`',
    names: /^AWS_[A-Z0-9_]+$/,
    roles: objectsClients,
    when: ({ objects }) => objects.kind === 's3' && objects.credentials === undefined,
  },
];

/**
 * Returns the variables that a role's process is started with: the settings of that role, and system variables. Any other
 * variable reaches no role.
 */
export function roleEnvironment(role: RoleName, config: Config, env: Env): Env {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const setting = findSetting(name);
      if (setting !== undefined) return setting.roles.includes(role);
      const row = systemVariables.find(({ names }) => names.test(name));
      return row?.roles.includes(role) && row.when?.(config) !== false;
    }),
  );
}
