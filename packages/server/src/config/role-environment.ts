import type { Config } from './config.ts';
import type { Env } from './env.ts';
import { type RoleName, roleNames } from './role-name.ts';

interface Readers {
  /** Names of variables, in full. */
  readonly variables: RegExp;
  readonly roles: readonly RoleName[];
  /** In which installations they are read at all; always when absent. */
  readonly when?: (config: Config) => boolean;
}

const hosts = ['objects', 'api', 'images', 'jobs'] as const;
const databaseClients = ['api', 'images', 'jobs'] as const;
const storeClients = ['api', 'images', 'jobs'] as const;

/**
 * Which roles read a variable. The first row that names it counts; a variable that no row names reaches no role. A setting
 * with a secret in it needs a row of its own, above the last one.
 */
const readers: readonly Readers[] = [
  // What a process needs to run: programs, folders, language, certificates, the options of Node and of the C library.
  {
    variables: /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|TZ|LANG|LC_[A-Z]+|TERM|NO_COLOR)$/,
    roles: roleNames,
  },
  { variables: /^(SystemRoot|windir|ComSpec|PATHEXT|APPDATA|USERPROFILE)$/i, roles: roleNames },
  {
    variables:
      /^NODE_(OPTIONS|ENV|PATH|EXTRA_CA_CERTS|USE_SYSTEM_CA|TLS_REJECT_UNAUTHORIZED|ICU_DATA|DEBUG|V8_COVERAGE|COMPILE_CACHE|DISABLE_COMPILE_CACHE)$/,
    roles: roleNames,
  },
  {
    variables: /^(SSL_CERT_(FILE|DIR)|OPENSSL_CONF|UV_[A-Z_]+|MALLOC_[A-Z_]+|GLIBC_TUNABLES)$/,
    roles: roleNames,
  },
  { variables: /^(LD_[A-Z_]+|DYLD_[A-Z_]+)$/, roles: roleNames },
  { variables: /^OTEL_[A-Z_]+$/, roles: hosts },
  { variables: /^(HTTPS?|NO)_PROXY$/i, roles: ['api', 'images', 'jobs'] },
  { variables: /^(FONTCONFIG_[A-Z]+|XDG_(CACHE|DATA)_HOME|VIPS_[A-Z_]+)$/, roles: ['images'] },

  // The database: its URL has a password in it, and `pg` completes it from libpq's variables.
  { variables: /^DATABASE_URL$/, roles: databaseClients },
  { variables: /^PG[A-Z]+$/, roles: databaseClients, when: ({ database }) => database.kind === 'external' },

  // The object store: its keys, or where the AWS credential chain finds some.
  { variables: /^S3_[A-Z_]+$/, roles: storeClients },
  {
    variables: /^AWS_[A-Z0-9_]+$/,
    roles: storeClients,
    when: ({ objects }) => objects.kind === 's3' && objects.credentials === undefined,
  },

  // What tokens are verified with, and what URLs of pictures are signed with.
  { variables: /^JWT_[A-Z_]+$/, roles: ['api'] },
  { variables: /^BKEND_IMAGE_TICKET_SECRET$/, roles: ['api', 'images'] },
  { variables: /^BKEND_IMAGE_[A-Z_]+$/, roles: ['images'] },
  // Of the commands that are clients of the service.
  { variables: /^BKEND_(API_KEY|ACCESS_TOKEN)$/, roles: [] },

  { variables: /^(BKEND_DATA_DIR|BKEND_SHUTDOWN_GRACE_SECONDS|LOG_LEVEL)$/, roles: roleNames },
  { variables: /^BKEND_[A-Z0-9_]+$/, roles: hosts },
];

/** The part of the environment that a role's process is started with: what it reads, and nothing else. */
export function roleEnvironment(role: RoleName, config: Config, env: Env): Env {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const row = readers.find(({ variables }) => variables.test(name));
      return row?.roles.includes(role) && row.when?.(config) !== false;
    }),
  );
}
