import { type Administration, administer } from './administer.ts';

/**
 * The service's role in the database: it owns the tables and has no rights on the machine. Its name is not the schema's, which
 * would then come first in its `search_path`.
 */
export const serviceRole = 'bkend_service';
/** The superuser that initdb creates. It cannot log in. */
const superuser = 'postgres';
export const databaseName = 'postgres';

/**
 * Creates the service's role, gives it everything that belonged to the superuser, as which earlier versions connected, and
 * locks the superuser out. Repeating it changes nothing.
 *
 * The role may create the extensions that migrations need, which are trusted, and nothing that reads files of the machine or
 * runs programs (PostgreSQL documentation, "Predefined Roles").
 * @param password letters and digits
 */
export async function ensureServiceRole(administration: Administration, password: string): Promise<void> {
  await administer(administration, [
    `do $$ begin if not exists (select from pg_roles where rolname = '${serviceRole}') then create role ${serviceRole}; end if; end $$`,
    `alter role ${serviceRole} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${password}'`,
    `alter database ${databaseName} owner to ${serviceRole}`,
    giveToServiceRole,
    `alter role ${superuser} nologin password null`,
  ]);
}

/** 10 is the superuser of initdb. What belongs to a table, a type or an extension follows it, or must not be changed. */
const giveToServiceRole = `do $$
declare found record;
begin
  perform set_config('search_path', '', true);
  for found in
    select 'schema ' || quote_ident(nspname) as what from pg_namespace
      where nspowner = 10 and nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
    union all
    select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relowner = 10 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'e', 'i'))
    union all
    select 'routine ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.proowner = 10 and p.prokind in ('f', 'p')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
    union all
    select 'type ' || t.oid::regtype from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where t.typowner = 10 and t.typtype in ('d', 'e')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d
        where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
  loop
    execute 'alter ' || found.what || ' owner to ${serviceRole}';
  end loop;
end $$`;
