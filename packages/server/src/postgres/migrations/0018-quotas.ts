import { type Kysely, sql } from 'kysely';

/**
 * Quotas are kept where usage is counted: a trigger on the deltas, which every growth writes in its own transaction, whichever
 * process and verb makes it. Only environments that have set a quota are looked at.
 *
 * The check is exact under concurrency by an advisory lock of each account (an environment, or an owner within it), held from
 * the check to the commit. Where little is asked and much is free, the lock is shared, so that growth of one account goes on side
 * by side: "little" is a share m = limit / (10 * connections), "much" is a tenth of the limit, that is m for each connection
 * that the server can have. However many such transactions are under way at once, they fit together. Everything else takes the lock
 * exclusively: it waits until the others are committed, and sees them. The queries of a volatile function each see what is
 * committed when they begin.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  await run(`
    create function bkend.count_usage(
      counted_tenant text, counted_owner text, counted_type text, out files bigint, out bytes bigint
    ) language sql stable as $$
      select coalesce(sum(counted.files) filter (where visibility <> 'version'), 0)::bigint,
        coalesce(sum(counted.bytes), 0)::bigint
      from (
        select total.visibility, total.files, total.bytes from bkend.usage_totals as total
        where tenant = counted_tenant and owner_id = counted_owner
          and (counted_owner = '' or owner_type = counted_type)
        union all
        select delta.visibility, delta.files, delta.bytes from bkend.usage_deltas as delta
        where tenant = counted_tenant and counted_owner <> '' and owner_id = counted_owner and owner_type = counted_type
        union all
        select delta.visibility, delta.files, delta.bytes from bkend.usage_deltas as delta
        where tenant = counted_tenant and counted_owner = ''
      ) as counted
    $$`);
  await run(`
    create function bkend.keep_quotas() returns trigger language plpgsql as $$
      declare
        account record;
        used record;
        lock_key bigint;
        connections constant bigint := current_setting('max_connections')::bigint;
      begin
        if current_setting('bkend.keeps_quotas', true) = 'off' then
          return null;
        end if;
        for account in
          with grown as (
            select tenant, owner_id, owner_type, sum(bytes)::bigint as bytes,
              coalesce(sum(files) filter (where visibility <> 'version'), 0)::bigint as files
            from added group by tenant, owner_id, owner_type
          ), limited as (
            select grown.*, settings from grown join bkend.environments using (tenant)
            where settings ?| array['quotas.files', 'quotas.bytes', 'quotas.userFiles', 'quotas.userBytes']
          ), accounts as (
            select tenant, '' as owner, '' as type, sum(files)::bigint as files, sum(bytes)::bigint as bytes, '' as prefix,
              (settings ->> 'quotas.files')::bigint as most_files, (settings ->> 'quotas.bytes')::bigint as most_bytes
            from limited group by tenant, settings
            union all
            select tenant, owner_id, owner_type, files, bytes, 'user',
              (settings ->> 'quotas.userFiles')::bigint, (settings ->> 'quotas.userBytes')::bigint
            from limited where owner_type <> 'service'
          )
          select tenant, owner, type, prefix, files, bytes,
            case when files > 0 then most_files end as most_files, case when bytes > 0 then most_bytes end as most_bytes
          from accounts
          where (files > 0 and most_files is not null) or (bytes > 0 and most_bytes is not null)
          order by tenant, owner, type
        loop
          lock_key := hashtextextended(account.tenant || E'\\n' || account.type || E'\\n' || account.owner, 7205349812);
          if coalesce(account.files * 10 * connections <= account.most_files, true)
            and coalesce(account.bytes::numeric * 10 * connections <= account.most_bytes, true)
          then
            begin
              perform pg_advisory_xact_lock_shared(lock_key);
              select * into used from bkend.count_usage(account.tenant, account.owner, account.type);
              if coalesce(used.files <= account.most_files - account.most_files / 10, true)
                and coalesce(used.bytes <= account.most_bytes - account.most_bytes / 10, true)
              then
                continue;
              end if;
              raise exception using errcode = 'BK002', message = 'little is free';
            exception when sqlstate 'BK002' then
              -- The shared lock is released: two holders that both wait for the exclusive one would wait for ever.
              null;
            end;
          end if;
          perform pg_advisory_xact_lock(lock_key);
          select * into used from bkend.count_usage(account.tenant, account.owner, account.type);
          if used.files > account.most_files then
            raise exception using errcode = 'BK001', message = 'quota exceeded', detail = json_build_object(
              'quota', case account.prefix when '' then 'quotas.files' else 'quotas.userFiles' end,
              'limit', account.most_files, 'used', used.files - account.files, 'asked', account.files)::text;
          end if;
          if used.bytes > account.most_bytes then
            raise exception using errcode = 'BK001', message = 'quota exceeded', detail = json_build_object(
              'quota', case account.prefix when '' then 'quotas.bytes' else 'quotas.userBytes' end,
              'limit', account.most_bytes, 'used', used.bytes - account.bytes, 'asked', account.bytes)::text;
          end if;
        end loop;
        return null;
      end
    $$`);
  await run(`
    create trigger keep_quotas after insert on bkend.usage_deltas referencing new table as added
    for each statement execute function bkend.keep_quotas()`);
}
