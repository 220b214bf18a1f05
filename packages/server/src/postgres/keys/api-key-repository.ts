import { type RawBuilder, sql } from 'kysely';
import type { ApiKey, ApiKeyRepository, KeyType } from '../../identity/api-key.ts';
import type { Scope } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { column, namesIn, type RowOf } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { channels } from '../notifications.ts';

/** Held by the process that looks for first keys and inserts them, so that of several that start together one does. */
const firstKeysLock = 7_205_349_812;

const keyTable = {
  id: column<string>('uuid'),
  type: column<KeyType>('text'),
  tenant: column<Tenant>('text'),
  name: column<string | null>('text'),
  scopes: column<Scope[]>('text[]'),
  created_at: column<Date>('timestamptz'),
  expires_at: column<Date | null>('timestamptz'),
  revoked_at: column<Date | null>('timestamptz'),
} as const;

type ApiKeyRow = RowOf<typeof keyTable>;
const keyColumns = namesIn('api_keys', keyTable);

/** API keys in PostgreSQL. The index on the hash is led by no tenant: a request's hash names the tenant. */
export function createApiKeyRepository(database: Database): ApiKeyRepository {
  return {
    async findByHash(hash) {
      const [row] = await database.prepared(
        sql<ApiKeyRow>`select ${keyColumns} from bkend.api_keys where hash = ${hash}`,
      );
      return row && readKey(row);
    },

    async insert(key, hash) {
      await database.rows(insertKeys([{ key, hash }]));
    },

    async noteUses(uses) {
      // Sorted, so that two processes that note the same keys do not wait for each other in a circle.
      const sorted = [...uses].sort(([a], [b]) => (a < b ? -1 : 1));
      await database.rows(sql`
        insert into bkend.api_key_details as details (id, last_used_at)
        select id, used_at
        from unnest(${sorted.map(([id]) => id)}::uuid[], ${sorted.map(([, at]) => at)}::timestamptz[]) as uses (id, used_at)
        where exists (select from bkend.api_keys where api_keys.id = uses.id)
        on conflict (id) do update set last_used_at = greatest(details.last_used_at, excluded.last_used_at)`);
    },

    async list() {
      const rows = await database.rows(sql<
        ApiKeyRow & { readonly prefix: string | null; readonly last_used_at: Date | null }
      >`
        select ${keyColumns}, prefix, last_used_at
        from bkend.api_keys left join bkend.api_key_details on api_key_details.id = api_keys.id
        order by created_at desc, api_keys.id desc`);
      return rows.map((row) => ({
        ...readKey(row),
        ...(row.prefix !== null && { prefix: row.prefix }),
        ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
      }));
    },

    async revoke(id, at) {
      // Compared as text: an id that is not a UUID is the id of no key. There are few keys.
      const [row] = await database.rows(sql<ApiKeyRow>`
        with revoked as (
          update bkend.api_keys set revoked_at = coalesce(revoked_at, ${at}) where id::text = ${id.toLowerCase()}
          returning ${keyColumns}
        )
        select revoked.*, pg_notify(${channels.keys}, '') from revoked`);
      return row && readKey(row);
    },

    insertFirst: (keys) =>
      database.transaction(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${firstKeysLock})`.execute(transaction);
        const { rows } = await sql`select from bkend.api_keys limit 1`.execute(transaction);
        if (rows.length > 0) return false;
        await insertKeys(keys).execute(transaction);
        return true;
      }),
  };
}

function insertKeys(keys: readonly { readonly key: ApiKey; readonly hash: Buffer }[]): RawBuilder<unknown> {
  const rows = keys.map(
    ({ key, hash }) => sql`(
      ${key.id}::uuid, ${hash}::bytea, ${key.type}, ${key.tenant}, ${key.name ?? null}, ${[...key.scopes]}::text[],
      ${key.createdAt}::timestamptz, ${key.expiresAt ?? null}::timestamptz, ${key.revokedAt ?? null}::timestamptz
    )`,
  );
  const details = keys.map(
    ({ key }) => sql`(${key.id}::uuid, ${key.prefix ?? null}, ${key.lastUsedAt ?? null}::timestamptz)`,
  );
  return sql`
    with inserted as (
      insert into bkend.api_keys (id, hash, type, tenant, name, scopes, created_at, expires_at, revoked_at)
      values ${sql.join(rows)}
    )
    insert into bkend.api_key_details (id, prefix, last_used_at) values ${sql.join(details)}`;
}

function readKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    type: row.type,
    tenant: row.tenant,
    ...(row.name !== null && { name: row.name }),
    scopes: row.scopes,
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
