import { sql } from 'kysely';
import type { SessionRepository } from '../../identity/operators/ports.ts';
import type { Database } from '../database/database.ts';
import { type OperatorRow, operatorColumns, readOperator } from './operator-row.ts';

interface SessionTimes {
  readonly began_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
}

const times = sql`sessions.created_at as began_at, last_seen_at, expires_at`;

/** Sessions of operators in PostgreSQL. */
export function createSessionRepository(database: Database): SessionRepository {
  return {
    async insert(hash, { operatorId, passwordHash, at, expiresAt, address, browser }) {
      // Locked, so that a change of the password, which ends sessions, comes before or sees this one.
      const begun = await database.rows(sql`
        with ended as (delete from bkend.operator_sessions where expires_at <= ${at}),
        verified as (
          select id from bkend.operators where id = ${operatorId} and password_hash = ${passwordHash} for share
        )
        insert into bkend.operator_sessions (hash, operator_id, created_at, last_seen_at, expires_at, address, browser)
        select ${hash}, id, ${at}, ${at}, ${expiresAt}, ${address}, ${browser} from verified
        returning hash`);
      return begun.length > 0;
    },

    async find(hash, now, seenAfter) {
      const [row] = await database.prepared(sql<SessionTimes & OperatorRow>`
        select ${times}, ${operatorColumns}
        from bkend.operator_sessions as sessions join bkend.operators on operators.id = sessions.operator_id
        where sessions.hash = ${hash} and expires_at > ${now} and last_seen_at > ${seenAfter}`);
      return row && { operator: readOperator(row), ...readTimes(row) };
    },

    async noteSeen(hash, at) {
      await database.rows(sql`update bkend.operator_sessions set last_seen_at = ${at} where hash = ${hash}`);
    },

    async delete(hash) {
      await database.rows(sql`delete from bkend.operator_sessions where hash = ${hash}`);
    },

    async deleteOf(operatorId) {
      const ended = await database.rows(
        sql`delete from bkend.operator_sessions where operator_id = ${operatorId} returning hash`,
      );
      return ended.length;
    },

    async list(now) {
      const rows = await database.rows(sql<
        SessionTimes & { readonly name: string; readonly address: string; readonly browser: string }
      >`
        select ${times}, operators.name, address, browser
        from bkend.operator_sessions as sessions join bkend.operators on operators.id = sessions.operator_id
        where expires_at > ${now}
        order by last_seen_at desc`);
      return rows.map((row) => {
        const { name, address, browser } = row;
        return { operatorName: name, address, browser, ...readTimes(row) };
      });
    },
  };
}

function readTimes({ began_at, last_seen_at, expires_at }: SessionTimes) {
  return { createdAt: began_at, lastSeenAt: last_seen_at, expiresAt: expires_at };
}
