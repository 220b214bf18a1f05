import { type Compilable, Kysely, PostgresDialect, type RawBuilder, type Transaction } from 'kysely';
import pg from 'pg';
import { translateDatabaseError } from './database-error.ts';
import type { Tables } from './tables.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** How many connections at most; 10 when absent. */
  readonly maxConnections?: number;
  /** What `pg_stat_activity` shows. */
  readonly applicationName?: string;
}

/** A statement as `pg` takes it; with a name, each connection parses and plans it once. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

type Query<Row> = Compilable<Row> | RawBuilder<Row>;

const connectionTimeoutMilliseconds = 5_000;
const statementTimeoutMilliseconds = 30_000;
/** Longer than the server's own limit: this one is for a server that does not answer at all. */
const answerTimeoutMilliseconds = 35_000;
/** `pg` takes a limit for one query too, which its types do not know. */
const probe = { text: 'select 1', query_timeout: 2_000 };

/**
 * The connections to PostgreSQL. Opens them when they are needed, and closes them when disposed.
 * Whatever its methods throw has passed `translateDatabaseError`.
 */
export class Database {
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  readonly #kysely: Kysely<Tables>;
  readonly #statements = new Map<string, number>();
  #executions = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      ...connectionOptions(options),
      max: options.maxConnections ?? 10,
      connectionTimeoutMillis: connectionTimeoutMilliseconds,
      statement_timeout: statementTimeoutMilliseconds,
      query_timeout: answerTimeoutMilliseconds,
      onConnect: preparePlanner,
    });
    // A connection that breaks fails the statement it carries; without these an idle one would end the process.
    this.#pool.on('error', ignoreLoss);
    this.#pool.on('connect', (client) => client.on('error', ignoreLoss));
    this.#kysely = new Kysely({ dialect: new PostgresDialect({ pool: this.#pool }) });
  }

  /** Builds statements; they are sent by {@link rows}. */
  get build(): Pick<
    Kysely<Tables>,
    'selectFrom' | 'insertInto' | 'updateTable' | 'deleteFrom' | 'with' | 'selectNoFrom'
  > {
    return this.#kysely;
  }

  /** Sends one statement: one round trip. */
  async rows<Row>(query: Query<Row>): Promise<Row[]> {
    const { sql, parameters } = query.compile(this.#kysely);
    return this.send<Row>({ text: sql, values: parameters });
  }

  /** As {@link rows}, for a statement whose text is always the same, or one of a few: it is planned once a connection. */
  async prepared<Row>(query: Query<Row>): Promise<Row[]> {
    const { sql, parameters } = query.compile(this.#kysely);
    return this.send<Row>({ name: this.#nameOf(sql), text: sql, values: parameters });
  }

  /** As {@link rows}, for a statement that is ready as it is. */
  async send<Row>({ name, text, values }: Statement): Promise<Row[]> {
    try {
      const result = await this.#pool.query({ ...(name && { name }), text, values: [...values] });
      return result.rows;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Several statements that are committed together, or not at all when `work` throws. */
  async transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#kysely.transaction().execute(work);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Keeps one connection for itself while `work` runs, for what lives in a session. */
  async session<T>(work: (session: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#kysely.connection().execute(work);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** A connection outside the pool, for listening, which never ends. The caller closes it. */
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
      throw translateDatabaseError(error);
    }
  }

  /** Resolves when the database answers. @throws `common/unavailable` */
  async check(): Promise<void> {
    try {
      await this.#pool.query(probe);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  /**
   * PostgreSQL keeps the plan of a prepared statement until the table is analysed, and what was planned for an empty table
   * is slow on a large one. Autovacuum takes a minute to come by; until then statements are prepared anew whenever there
   * have been four times as many, for the rows do not grow faster than that.
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

/** What every connection of ours has in common, pooled or not. */
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
 * Every statement of ours has its index, and a plan made while a table was small must not read it from end to end when it
 * is large. Compiling (jit) takes longer than any of them, and is tried for the mere look of the larger ones.
 */
async function preparePlanner(client: pg.ClientBase): Promise<void> {
  await client.query('set enable_seqscan = off; set jit = off');
}

function ignoreLoss(): void {}
