import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { QuotaReached } from '../../uploads/quotas.ts';
import { quotaReachedOf, translateDatabaseError } from './database-error.ts';
import { ignoreLoss, openPool } from './open-pool.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Upper bound of connections; 10 when absent. */
  readonly maxConnections?: number;
  /** The name in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** False: statements take as long as they take. */
  readonly hasTimeLimits?: boolean;
  /** Called when a quota has refused a statement. */
  readonly onQuotaReached?: (reached: QuotaReached) => void;
}

/** A statement in `pg`'s form. One with a name is parsed and planned once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const connectionTimeoutMilliseconds = 5_000;
const statementTimeoutMilliseconds = 30_000;
/** SQLSTATE of a statement that ran into its time limit (PostgreSQL manual, appendix A). */
const queryCanceled = '57014';
/** Longer than the server's own limit: it ends waiting for a server that does not answer at all. */
const answerTimeoutMilliseconds = 35_000;
/** `pg` takes a timeout for one query, too, which its types leave out. */
const probe = { text: 'select 1', query_timeout: 2_000 };

/**
 * A pool of connections to PostgreSQL, opened when needed and closed when disposed. Statements are templates of Kysely's
 * `sql`. Every error passes `translateDatabaseError`.
 */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  readonly #kysely: Kysely<unknown>;
  readonly #statements = new Map<string, number>();
  #executions = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#pool = openPool({
      ...connectionOptions(options),
      max: options.maxConnections ?? 10,
      connectionTimeoutMillis: connectionTimeoutMilliseconds,
      ...(options.hasTimeLimits !== false && {
        statement_timeout: statementTimeoutMilliseconds,
        query_timeout: answerTimeoutMilliseconds,
      }),
      onConnect: preparePlanner,
    });
    this.#kysely = new Kysely({ dialect: new PostgresDialect({ pool: this.#pool }) });
  }

  /** Sends one statement: one round trip. */
  async rows<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    const { sql, parameters } = query.compile(this.#kysely);
    return this.send<Row>({ text: sql, values: parameters });
  }

  /** As {@link rows}, for a statement with one text or a few: each is planned once per connection. */
  async prepared<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    const { sql, parameters } = query.compile(this.#kysely);
    return this.send<Row>({ name: this.#nameOf(sql), text: sql, values: parameters });
  }

  /** As {@link rows}, for a statement that the server ends after this time. @returns undefined when it has ended it */
  async rowsWithin<Row>(milliseconds: number, query: RawBuilder<Row>): Promise<Row[] | undefined> {
    try {
      return await this.#kysely.transaction().execute(async (transaction) => {
        await sql`set local statement_timeout = ${sql.lit(milliseconds)}`.execute(transaction);
        return (await query.execute(transaction)).rows;
      });
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === queryCanceled) return undefined;
      throw this.#translate(error);
    }
  }

  /** As {@link rows}, for a statement in `pg`'s form. */
  async send<Row>({ name, text, values }: Statement): Promise<Row[]> {
    try {
      const result = await this.#pool.query({ ...(name && { name }), text, values: [...values] });
      return result.rows;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Commits the statements of `work` together; rolls back when it throws. */
  async transaction<T>(work: (transaction: Transaction<unknown>) => Promise<T>): Promise<T> {
    try {
      return await this.#kysely.transaction().execute(work);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Keeps one connection while `work` runs, for state of a session, such as advisory locks. */
  async session<T>(work: (session: Kysely<unknown>) => Promise<T>): Promise<T> {
    try {
      return await this.#kysely.connection().execute(work);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Another pool, of one connection and without time limits, for work that takes as long as the tables are large. */
  withoutTimeLimits(): Database {
    return new Database({ ...this.#options, maxConnections: 1, hasTimeLimits: false });
  }

  /** Opens a connection outside the pool, for LISTEN. The caller closes it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...connectionOptions(this.#options),
      connectionTimeoutMillis: connectionTimeoutMilliseconds,
      query_timeout: answerTimeoutMilliseconds,
    });
    client.on('error', ignoreLoss);
    try {
      await client.connect();
      return client;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Resolves when the database answers. @throws `common/unavailable` */
  async check(): Promise<void> {
    try {
      await this.#pool.query(probe);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  #translate(error: unknown): unknown {
    const reached = quotaReachedOf(error);
    if (reached !== undefined) this.#options.onQuotaReached?.(reached);
    return translateDatabaseError(error);
  }

  /**
   * PostgreSQL keeps the plan of a prepared statement until the table is analysed, and a plan for an empty table is slow on
   * a large one. Autovacuum comes after a minute; until then statements get a new name, and so a new plan, whenever four
   * times as many have run, since rows do not grow faster than that.
   */
  #nameOf(text: string): string {
    let number = this.#statements.get(text);
    if (number === undefined) {
      number = this.#statements.size + 1;
      this.#statements.set(text, number);
    }
    this.#executions += 1;
    const generation = Math.floor(Math.log2(this.#executions) / 2);
    return `s${number}_${generation}`;
  }
}

/** The options of every connection, pooled or not. */
export function connectionOptions(options: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: options.url,
    application_name: options.applicationName ?? 'bkend-storage',
    keepAlive: true,
    types,
  };
}

/** Counts and sizes are far below 2^53, so a bigint can be a number; all else is read as `pg` reads it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * Every statement has its index: a plan made while a table was small must not scan it when it is large. Just-in-time
 * compilation takes longer than any of the statements, and PostgreSQL would compile the larger ones.
 */
async function preparePlanner(client: pg.ClientBase): Promise<void> {
  await client.query('set enable_seqscan = off; set jit = off');
}
