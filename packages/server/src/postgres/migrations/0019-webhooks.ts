import { type Kysely, sql } from 'kysely';

/**
 * Webhooks, and the deliveries of events to them. `after` is the id of the last event that has become a delivery. Of a file, `due_at`
 * never gets earlier from one pending event to the next, so that those in front of a limit include all that they wait for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.webhooks (
      tenant text collate "C" not null,
      id uuid not null,
      url text not null,
      types text[],
      description text,
      secret text not null,
      previous_secret text,
      previous_secret_until timestamptz(3),
      is_disabled boolean not null default false,
      after bigint not null,
      last_success_at timestamptz(3),
      failing_since timestamptz(3),
      lease_holder uuid,
      lease_until timestamptz(3),
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      primary key (tenant, id)
    )`);
  await run(`
    create table bkend.webhook_deliveries (
      tenant text collate "C" not null,
      webhook_id uuid not null,
      id uuid not null,
      event_id bigint,
      type text collate "C" not null,
      ordered_by uuid,
      body text not null,
      state text collate "C" not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
      attempts integer not null default 0,
      first_attempt_at timestamptz(3),
      due_at timestamptz(3) not null,
      last_status smallint,
      last_error text,
      last_answer text,
      last_duration_ms integer,
      created_at timestamptz(3) not null,
      primary key (tenant, webhook_id, id),
      foreign key (tenant, webhook_id) references bkend.webhooks (tenant, id) on delete cascade
    )`);
  await run(`
    create index webhook_deliveries_due on bkend.webhook_deliveries (tenant, webhook_id, due_at, event_id)
      where state = 'pending'`);
  await run(`
    create index webhook_deliveries_of_file on bkend.webhook_deliveries (tenant, webhook_id, ordered_by, event_id)
      where state = 'pending'`);
  // Across tenants: what is past its life is removed by age.
  await run('create index webhook_deliveries_by_age on bkend.webhook_deliveries (created_at)');
}
