import { type Kysely, sql } from 'kysely';

/**
 * Everything is kept in a schema of its own, so that an app's database can be shared with the app.
 *
 * Every key and index is led by the tenant, so that a table can be partitioned or sharded by it. The exceptions are
 * what no tenant is known for yet (a key's hash) and what jobs look for in all tenants at once (what is due, which
 * multipart ids are answered for). Texts sort by bytes: the same everywhere, whatever the server's locale.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.api_keys (
      id uuid primary key,
      hash bytea not null unique,
      type text not null,
      tenant text collate "C" not null,
      name text,
      scopes text[] not null,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3),
      revoked_at timestamptz(3)
    )`);

  await run(`
    create table bkend.uploads (
      tenant text collate "C" not null,
      key text collate "C" not null,
      content_type text not null,
      size_bytes bigint,
      owner_id text collate "C" not null,
      owner_type text not null,
      visibility text collate "C" not null,
      category text collate "C" not null,
      multipart_id text,
      aborted boolean not null default false,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      primary key (tenant, key)
    )`);
  await run('create index uploads_by_expiry on bkend.uploads (expires_at)');
  await run(
    'create index uploads_by_multipart on bkend.uploads (multipart_id) where multipart_id is not null',
  );

  // metadata is json, not jsonb: kept as it was written, "\u0000" and all, and never searched; tags repeats its tags.
  // search_name is the name as it is searched, made by the service.
  await run(`
    create table bkend.files (
      tenant text collate "C" not null,
      id uuid not null,
      key text collate "C" not null,
      original_name text collate "C" not null,
      search_name text collate "C" not null,
      mime_type text collate "C" not null,
      size_bytes bigint not null,
      width integer,
      height integer,
      visibility text collate "C" not null,
      bucket text collate "C" not null,
      category text collate "C" not null,
      metadata json not null,
      tags text[] not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      shared_with text[] not null,
      etag text not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      primary key (tenant, id),
      unique (tenant, key)
    )`);

  // What a shared file adds to the lists of those it names: there is a row exactly while it gives somebody access. It
  // repeats what files are sorted by, so that "shared with me" is read in order too.
  await run(`
    create table bkend.shares (
      tenant text collate "C" not null,
      file_id uuid not null,
      user_id text collate "C" not null,
      original_name text collate "C" not null,
      mime_type text collate "C" not null,
      size_bytes bigint not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      primary key (tenant, file_id, user_id),
      foreign key (tenant, file_id) references bkend.files (tenant, id) on delete cascade
    )`);

  for (const field of ['created_at', 'updated_at', 'original_name', 'size_bytes', 'mime_type']) {
    await run(`create index files_by_${field} on bkend.files (tenant, visibility, ${field}, id)`);
    await run(
      `create index files_of_owner_by_${field} on bkend.files (tenant, owner_id, visibility, ${field}, id)`,
    );
    await run(`create index shares_of_user_by_${field} on bkend.shares (tenant, user_id, ${field}, file_id)`);
  }
  await run('create index files_of_category on bkend.files (tenant, category, visibility, created_at, id)');

  // Every character of a name and every two that stand together; longer terms are pg_trgm's.
  await run(`
    create function bkend.short_terms(name text) returns text[] language sql immutable strict parallel safe as $$
      select string_to_array(name, null) ||
        array(select substr(name, place, 2) from generate_series(1, length(name) - 1) as place)
    $$`);
  await run(`
    create index files_by_search on bkend.files
    using gin (tenant, search_name gin_trgm_ops, bkend.short_terms(search_name), tags)`);
  await run(`create index temp_files_by_age on bkend.files (created_at) where category = 'temp'`);

  await run(`
    create table bkend.purges (
      tenant text collate "C" not null,
      key text collate "C" not null,
      multipart_id text,
      attempts integer not null default 0,
      last_error text,
      created_at timestamptz(3) not null default now(),
      due_at timestamptz(3) not null default '-infinity',
      primary key (tenant, key)
    )`);
  await run('create index purges_by_due on bkend.purges (due_at)');
  await run('create index purges_by_multipart on bkend.purges (multipart_id) where multipart_id is not null');

  // Deltas are only ever added, so that no two uploads wait for one row; a job folds them into the totals, of the owner
  // and of the tenant (owner ''). Totals and deltas read together are exact at every moment.
  await run(`
    create table bkend.usage_deltas (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      id bigint generated always as identity,
      visibility text collate "C" not null,
      category text collate "C" not null,
      files bigint not null,
      bytes bigint not null,
      primary key (tenant, owner_id, id)
    )`);
  await run(`
    create table bkend.usage_totals (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      visibility text collate "C" not null,
      category text collate "C" not null,
      files bigint not null,
      bytes bigint not null,
      primary key (tenant, owner_id, visibility, category)
    )`);
}
