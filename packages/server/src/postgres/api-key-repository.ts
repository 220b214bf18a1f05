import { type Insertable, type Selectable, sql } from 'kysely';
import type { ApiKey } from '../identity/api-key.ts';
import type { ApiKeyRepository } from '../identity/ports.ts';
import type { Database } from './database.ts';
import { keyChannel } from './key-notices.ts';
import type { ApiKeyTable } from './tables.ts';

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
      await database.rows(database.build.insertInto('bkend.api_keys').values(writeKey(key, hash)));
    },

    async list() {
      const rows = await database.rows(
        database.build
          .selectFrom('bkend.api_keys')
          .selectAll()
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc'),
      );
      return rows.map(readKey);
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
