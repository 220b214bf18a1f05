import { type RawBuilder, sql } from 'kysely';
import type { EventPage, EventQuery, EventRepository, NewEvent } from '../../events/ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { horizon } from './event-ids.ts';
import { type EventRow, readEvent } from './event-row.ts';
import { eventsOfGiven, recordingEvents } from './recording-events.ts';

/** Rows that a page with a filter is chosen from, at most. */
const maxScanned = 2_000;

interface PageRow {
  readonly horizon: number;
  readonly scanned: number;
  readonly last_scanned: number | null;
  readonly events: readonly EventRow[];
}

/** Events in PostgreSQL; each call is one statement. */
export function createEventRepository(database: Database): EventRepository {
  return {
    async read(query) {
      const scanned = query.types === undefined ? query.limit : Math.max(query.limit, maxScanned);
      const [row] = await database.prepared(pageStatement(query, scanned));
      return row === undefined ? { events: [], nextAfter: query.after } : pageOf(row, query, scanned);
    },

    async latest() {
      const [row] = await database.prepared(sql<{ horizon: number }>`select ${horizon} as horizon`);
      return (row?.horizon ?? 1) - 1;
    },

    async record(events) {
      if (events.length > 0) await database.prepared(recordStatement(events));
    },
  };
}

function pageStatement(query: EventQuery, scanned: number): RawBuilder<PageRow> {
  const { tenant, userId, after, types, limit } = query;
  const columns = sql`
    events.id, events.tenant, type, created_at, owner_id, owner_type, readers, file_id, file, data`;
  const inRange = (rows: string) => sql`
    ${sql.ref(`${rows}.tenant`)} = ${tenant} and ${sql.ref(`${rows}.id`)} > ${after}
    and ${sql.ref(`${rows}.id`)} < (select id from horizon)`;
  const inOrder = (rows: string) => sql`order by ${sql.ref(`${rows}.id`)} limit ${scanned}`;
  const ofTenant = sql`select ${columns} from bkend.events where ${inRange('events')} ${inOrder('events')}`;
  const ofUser = sql`
    select * from (
      (select ${columns} from bkend.events
        where ${inRange('events')} and owner_id = ${userId} and owner_type = 'user' ${inOrder('events')})
      union all
      (select ${columns} from bkend.event_readers
        join bkend.events using (tenant, id, slot)
        where ${inRange('event_readers')} and event_readers.user_id = ${userId} ${inOrder('event_readers')})
    ) as events ${inOrder('events')}`;
  const andIsOfType = types === undefined ? sql`` : sql`where type = any (${types}::text[])`;
  return sql<PageRow>`
    with horizon as materialized (select ${horizon} as id),
    scanned as materialized (${userId === undefined ? ofTenant : ofUser}),
    chosen as (select * from scanned ${andIsOfType} order by id limit ${limit})
    select (select id from horizon) as horizon, (select count(*) from scanned) as scanned,
      (select max(id) from scanned) as last_scanned,
      (select coalesce(json_agg(row_to_json(chosen) order by id), '[]') from chosen) as events`;
}

function pageOf(row: PageRow, { after, limit }: EventQuery, scanned: number): EventPage {
  const events = row.events.map(readEvent);
  const last = events[limit - 1];
  const nextAfter = last ? last.id : row.scanned === scanned ? row.last_scanned : row.horizon - 1;
  return { events, nextAfter: Math.max(after, nextAfter ?? after) };
}

function recordStatement(events: readonly NewEvent[]): RawBuilder<unknown> {
  const rows = events.map(({ tenant, type, owner, fileId, upload, details }) => ({
    ...{ tenant, type, owner_id: owner?.ownerId, owner_type: owner?.ownerType, file_id: fileId },
    data: {
      ...(upload && {
        upload: {
          ...{ key: upload.key, content_type: upload.contentType, size_bytes: upload.sizeBytes ?? null },
          ...{ owner_id: upload.ownerId, owner_type: upload.ownerType, created_at: upload.createdAt },
        },
      }),
      ...(details && { details }),
    },
  }));
  const columns = {
    ...{ tenant: 'text', type: 'text', owner_id: 'text', owner_type: 'text', file_id: 'uuid' },
    data: 'json',
  } as const;
  const given = sql`select * from ${givenRows('given', columns, rows)}`;
  return sql`with given as materialized (${given}), ${recordingEvents(eventsOfGiven)} select`;
}
