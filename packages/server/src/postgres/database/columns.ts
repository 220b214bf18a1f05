import { type RawBuilder, sql } from 'kysely';

/** One column of a table: its SQL type, and with `Value` the type that a row holds. */
export interface Column<Value> {
  readonly type: string;
  /** Never set: it carries the type. */
  readonly value?: Value;
}

/** The columns of a table by name, in the order of their list. */
export type Columns = Readonly<Record<string, Column<unknown>>>;

/** A row as it is read. */
export type RowOf<Table extends Columns> = {
  readonly [Name in keyof Table]: Table[Name] extends Column<infer Value> ? Value : never;
};

/** An SQL expression for each column. */
export type Values<Name extends string> = Readonly<Record<Name, RawBuilder<unknown>>>;

export function column<Value>(type: string): Column<Value> {
  return { type };
}

/** The names, as `select` lists them. @param table the table's name in the statement */
export function namesIn(table: string, columns: Columns): RawBuilder<unknown> {
  return sql.raw(
    Object.keys(columns)
      .map((name) => `${table}.${name}`)
      .join(', '),
  );
}

/** The names of these values, in the order of {@link expressions}: `insert into … (names)`. */
export function names(values: Readonly<Record<string, unknown>>): RawBuilder<unknown> {
  return sql.raw(Object.keys(values).join(', '));
}

/** The expressions of these values, as `select` lists them. */
export function expressions(values: Readonly<Record<string, RawBuilder<unknown>>>): RawBuilder<unknown> {
  return sql.join(Object.values(values));
}

/** `<column> = <expression>, …`, as it follows `set`. */
export function assignments(
  values: Readonly<Partial<Record<string, RawBuilder<unknown>>>>,
): RawBuilder<unknown> {
  return sql.join(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [sql`${sql.raw(name)} = ${value}`],
    ),
  );
}

/**
 * `unnest(…) with ordinality as <alias> (<columns>, number)`: rows that are given with the statement, whose text is the same
 * for every number of them. `number` counts from 1. An array is given as JSON, since `unnest` flattens arrays of arrays.
 */
export function givenRows<Row extends Readonly<Record<string, unknown>>>(
  alias: string,
  columns: Readonly<Record<keyof Row & string, string>>,
  rows: readonly Row[],
): RawBuilder<unknown> {
  const arrays = Object.entries<string>(columns).map(([name, type]) => {
    const values = rows.map((row) => (type === 'json' ? JSON.stringify(row[name]) : row[name]));
    return sql`${values}::${sql.raw(type)}[]`;
  });
  return sql`unnest(${sql.join(arrays)}) with ordinality as ${sql.raw(alias)} (${names(columns)}, number)`;
}

/** The array of texts that a column of {@link givenRows} holds as JSON. */
export function textsOf(json: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`array(select json_array_elements_text(${json}))`;
}
