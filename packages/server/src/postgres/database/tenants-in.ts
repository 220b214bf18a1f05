import { type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../../identity/tenant.ts';

/** Rows of an index that is led by the tenant, or by the conditions and then the tenant. */
export interface TenantRows {
  readonly table: 'files' | 'uploads' | 'purges' | 'versions';
  readonly where?: RawBuilder<boolean>;
}

/**
 * The tenants that have such rows, by a loose index scan: it hops from tenant to tenant, past the rows of each, so that its cost is
 * that of the tenants.
 */
export function tenantsIn(rows: readonly TenantRows[]): RawBuilder<{ tenant: Tenant }> {
  const nextBehind = (tenant: RawBuilder<unknown>) => {
    const next = rows.map(
      ({ table, where = sql`true` }) =>
        sql`select min(tenant) as tenant from ${sql.table(`bkend.${table}`)} where ${where} and tenant > ${tenant}`,
    );
    return sql`(select min(tenant) from (${sql.join(next, sql` union all `)}) as next)`;
  };
  return sql`
    with recursive known (tenant) as (
      select ${nextBehind(sql`''`)}
      union all
      select ${nextBehind(sql`known.tenant`)} from known where known.tenant is not null
    )
    select tenant from known where tenant is not null`;
}
