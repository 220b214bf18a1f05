import { type RawBuilder, sql, type Transaction } from 'kysely';
import { foldName, type Operator, type OperatorRole } from '../../identity/operators/operator.ts';
import type { OperatorRepository, SetupCode } from '../../identity/operators/ports.ts';
import type { Database } from '../database/database.ts';
import { type OperatorRow, operatorColumns, readOperator } from './operator-row.ts';

interface CodeRow {
  readonly code_role: OperatorRole | null;
  readonly code_projects: string[] | null;
}

/** Operators and their one-time links in PostgreSQL. */
export function createOperatorRepository(database: Database): OperatorRepository {
  return {
    async hasAny() {
      const [row] = await database.rows(
        sql<{ is: boolean }>`select exists (select from bkend.operators) as is`,
      );
      return row?.is === true;
    },

    async findByName(name) {
      const [row] = await database.rows(sql<OperatorRow & { readonly password_hash: string }>`
        select ${operatorColumns}, password_hash from bkend.operators where folded_name = ${foldName(name.trim())}`);
      return row && { operator: readOperator(row), passwordHash: row.password_hash || undefined };
    },

    async list() {
      const rows = await database.rows(
        sql<OperatorRow>`select ${operatorColumns} from bkend.operators order by folded_name`,
      );
      return rows.map(readOperator);
    },

    async insertCode(hash, code, { at, expiresAt, replaces }) {
      const { role, projects, operatorId } = columnsOf(code);
      await database.transaction(async (transaction) => {
        const old = replaces ? sql`expires_at <= ${at} or role is not null` : sql`expires_at <= ${at}`;
        await sql`delete from bkend.operator_codes where ${old}`.execute(transaction);
        if (operatorId !== null) await setPassword(transaction, operatorId, noPassword);
        await sql`
          insert into bkend.operator_codes (hash, role, projects, operator_id, created_at, expires_at)
          values (${hash}, ${role}, ${projects}, ${operatorId}, ${at}, ${expiresAt})`.execute(transaction);
      });
    },

    async findCode(hash, now) {
      const [row] = await database.rows(sql<CodeRow & OperatorRow>`
        select codes.role as code_role, codes.projects as code_projects, ${operatorColumns}
        from bkend.operator_codes as codes left join bkend.operators on operators.id = codes.operator_id
        where codes.hash = ${hash} and codes.expires_at > ${now}`);
      return row && readCode(row);
    },

    createByCode: (hash, { id, name, passwordHash, at }) =>
      database
        .transaction(async (transaction) => {
          // The row stays locked until the end: a concurrent call waits here, and then finds it gone.
          const [rights] = await takeCode<{ role: OperatorRole; projects: string[] }>(transaction, {
            hash,
            at,
            kind: sql`role is not null`,
          });
          if (rights === undefined) return 'used';
          const { rows } = await sql<OperatorRow>`
            insert into bkend.operators (id, name, folded_name, role, projects, password_hash, created_at)
            values (${id}, ${name}, ${foldName(name)}, ${rights.role}, ${rights.projects}, ${passwordHash}, ${at})
            on conflict (folded_name) do nothing
            returning ${operatorColumns}`.execute(transaction);
          // Thrown, so that the link stays.
          if (rows[0] === undefined) throw new NameTaken();
          return readOperator(rows[0]);
        })
        .catch((error: unknown) => {
          if (error instanceof NameTaken) return 'taken';
          throw error;
        }),

    resetByCode: (hash, passwordHash, at) =>
      database.transaction(async (transaction) => {
        const [code] = await takeCode<{ operator_id: string }>(transaction, {
          hash,
          at,
          kind: sql`operator_id is not null`,
        });
        if (code === undefined) return 'used';
        return (await setPassword(transaction, code.operator_id, passwordHash)) ?? 'used';
      }),

    setPassword: (operatorId, passwordHash) =>
      database.transaction(async (transaction) => {
        await setPassword(transaction, operatorId, passwordHash);
      }),

    remove: (operatorId) =>
      database.transaction(async (transaction) => {
        // All owners are locked, in one order: concurrent calls count one after the other.
        const { rows: owners } = await sql<{ readonly id: string }>`
          select id from bkend.operators where role = 'owner' order by id for update`.execute(transaction);
        if (owners.length === 1 && owners[0]?.id === operatorId) return 'last-owner';
        const { rows } = await sql<OperatorRow>`
          delete from bkend.operators where id = ${operatorId} returning ${operatorColumns}`.execute(
          transaction,
        );
        return rows[0] && readOperator(rows[0]);
      }),
  };
}

/** Rolls back the use of a link. */
class NameTaken extends Error {}

function columnsOf(code: SetupCode) {
  return code.purpose === 'create'
    ? { role: code.role, projects: [...code.projects], operatorId: null }
    : { role: null, projects: null, operatorId: code.operator.id };
}

function readCode(row: CodeRow & OperatorRow): SetupCode {
  const { code_role: role, code_projects: projects } = row;
  return role === null
    ? { purpose: 'reset', operator: readOperator(row) }
    : { purpose: 'create', role, projects: projects ?? [] };
}

async function takeCode<Row>(
  transaction: Transaction<unknown>,
  { hash, at, kind }: { readonly hash: Buffer; readonly at: Date; readonly kind: RawBuilder<unknown> },
): Promise<Row[]> {
  const { rows } = await sql<Row>`
    delete from bkend.operator_codes where hash = ${hash} and expires_at > ${at} and ${kind}
    returning role, projects, operator_id`.execute(transaction);
  return rows;
}

/** Stored in the stead of a hash while a link to set a password is out; no password has it. */
const noPassword = '';

/** Sets the hash of a password, and ends what the one of before opened: sessions and links. */
async function setPassword(
  transaction: Transaction<unknown>,
  operatorId: string,
  passwordHash: string,
): Promise<Operator | undefined> {
  const { rows } = await sql<OperatorRow>`
    update bkend.operators set password_hash = ${passwordHash} where id = ${operatorId}
    returning ${operatorColumns}`.execute(transaction);
  await sql`delete from bkend.operator_sessions where operator_id = ${operatorId}`.execute(transaction);
  await sql`delete from bkend.operator_codes where operator_id = ${operatorId}`.execute(transaction);
  return rows[0] && readOperator(rows[0]);
}
