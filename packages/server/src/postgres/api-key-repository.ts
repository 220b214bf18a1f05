import { type Insertable, type Selectable, sql } from 'kysely';
import type { ApiKey } from '../identity/api-key.ts';
import type { ApiKeyRepository } from '../identity/ports.ts';
import type { Database } from './database.ts';
import { keyChannel } from './key-notices.ts';
import type { ApiKeyDetailTable, ApiKeyTable } from './tables.ts';

/** Of all processes that start at once, one looks whether there are keys and makes them. */
const firstKeysLock = 7_205_349_812;

/** API keys in PostgreSQL. The index on the hash is led by no tenant: the hash is what tells the tenant. */
export function createApiKeyRepository(database: Database): ApiKeyRepository {
  return {
    async findByHash(hash) {
      const [row] = await database.prepared(
        sql<ApiKeyRow>`select * from bkend.api_keys where hash = ${hash}`,
      );
      return row && readKey(row);
    },

    async insert(key, hash) {
      await database.rows(
        database.build
          .with('key', (build) =>
            build.insertInto('bkend.api_keys').values(writeKey(key, hash)).returning('id'),
          )
          .insertInto('bkend.api_key_details')
          .values(writeDetails(key)),
      );
    },

    async noteUses(uses) {
      // Sorted, so that two processes that note the same keys do not wait for each other crosswise.
      const sorted = [...uses].sort(([a], [b]) => (a < b ? -1 : 1));
      await database.rows(sql`
        insert into bkend.api_key_details as details (id, last_used_at)
        select id, used_at
        from unnest(${sorted.map(([id]) => id)}::uuid[], ${sorted.map(([, at]) => at)}::timestamptz[]) as uses (id, used_at)
        where exists (select from bkend.api_keys where api_keys.id = uses.id)
        on conflict (id) do update set last_used_at = greatest(details.last_used_at, excluded.last_used_at)`);
    },

    async list() {
      const rows = await database.rows(
        database.build
          .selectFrom('bkend.api_keys')
          .leftJoin('bkend.api_key_details', 'bkend.api_key_details.id', 'bkend.api_keys.id')
          .selectAll('bkend.api_keys')
          .select(['prefix', 'last_used_at'])
          .orderBy('created_at', 'desc')
          .orderBy('bkend.api_keys.id', 'desc'),
      );
      return rows.map((row) => ({
        ...readKey(row),
        ...(row.prefix !== null && { prefix: row.prefix }),
        ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
      }));
    },

    async revoke(id, at) {
      // Compared as text: what is no UUID is simply no key of ours. There are few keys.
      const [row] = await database.rows(sql<ApiKeyRow>`
        with revoked as (
          update bkend.api_keys set revoked_at = coalesce(revoked_at, ${at}) where id::text = ${id.toLowerCase()}
          returning *
        )
        select revoked.*, pg_notify(${keyChannel}, '') from revoked`);
      return row && readKey(row);
    },

    insertFirst: (keys) =>
      database.transaction(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${firstKeysLock})`.execute(transaction);
        const any = await transaction.selectFrom('bkend.api_keys').select('id').limit(1).executeTakeFirst();
        if (any !== undefined) return false;
        await transaction
          .insertInto('bkend.api_keys')
          .values(keys.map(({ key, hash }) => writeKey(key, hash)))
          .execute();
        await transaction
          .insertInto('bkend.api_key_details')
          .values(keys.map(({ key }) => writeDetails(key)))
          .execute();
        return true;
      }),
  };
}

type ApiKeyRow = Selectable<ApiKeyTable>;

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

function writeKey(key: ApiKey, hash: Buffer): Insertable<ApiKeyTable> {
  return {
    id: key.id,
    hash,
    type: key.type,
    tenant: key.tenant,
    name: key.name ?? null,
    scopes: [...key.scopes],
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    revoked_at: key.revokedAt ?? null,
  };
}

function writeDetails(key: ApiKey): Insertable<ApiKeyDetailTable> {
  return { id: key.id, prefix: key.prefix ?? null, last_used_at: key.lastUsedAt ?? null };
}
