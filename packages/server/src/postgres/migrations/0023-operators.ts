import { type Kysely, sql } from 'kysely';

/**
 * Operators of the console, their sessions and one-time links, and the audit log. Sessions and links are found by the hash of a
 * secret, which names no tenant.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.operators (
      id uuid primary key,
      name text not null,
      folded_name text collate "C" not null unique,
      role text collate "C" not null check (role in ('owner', 'admin', 'viewer')),
      projects text[] not null,
      password_hash text not null,
      created_at timestamptz(3) not null
    )`);
  await run(`
    create table bkend.operator_codes (
      hash bytea primary key,
      role text collate "C" check (role in ('owner', 'admin', 'viewer')),
      projects text[],
      operator_id uuid references bkend.operators (id) on delete cascade,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      check ((role is null) = (operator_id is not null) and (role is null) = (projects is null))
    )`);
  await run('create index operator_codes_by_operator on bkend.operator_codes (operator_id)');
  await run(`
    create table bkend.operator_sessions (
      hash bytea primary key,
      operator_id uuid not null references bkend.operators (id) on delete cascade,
      created_at timestamptz(3) not null,
      last_seen_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      address text not null,
      browser text not null
    )`);
  await run('create index operator_sessions_by_operator on bkend.operator_sessions (operator_id)');
  await run('create index operator_sessions_by_end on bkend.operator_sessions (expires_at)');
  // Entries outlive their operator.
  await run(`
    create table bkend.audit_log (
      id bigint generated always as identity primary key,
      at timestamptz(3) not null,
      operator_id uuid not null,
      operator_name text not null,
      tenant text collate "C",
      action text not null,
      target text not null,
      request_id text not null,
      address text not null,
      status smallint
    )`);
  await run('create index audit_log_by_tenant on bkend.audit_log (tenant, id)');
  await run('create index audit_log_by_age on bkend.audit_log (at)');
}
