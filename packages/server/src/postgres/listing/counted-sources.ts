import { ownerTypes } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../../identity/tenant.ts';
import { wholeTenant } from '../usage/counted.ts';
import { belongsTo, type Whose } from './source-rows.ts';
import type { FileSource } from './visible-sources.ts';

/** A source whose files totals are kept of. */
export type CountedSource = Whose & { readonly visibilities: readonly string[] };

export function isCounted(source: FileSource): source is FileSource & CountedSource {
  return source.kind !== 'shared';
}

/** Whether a row of `folder_totals` or `facet_totals` is one of the totals of whose files the source has, of any visibility. */
export function isTotalOf(source: Whose, tenant: Tenant): RawBuilder<boolean> {
  const owner =
    source.kind === 'tenant'
      ? { id: wholeTenant, types: [''] }
      : { id: source.ownerId, types: source.ownerType === undefined ? ownerTypes : [source.ownerType] };
  return sql`tenant = ${tenant} and owner_id = ${owner.id} and owner_type ${isOneOf(owner.types)}`;
}

/** Whether a row of `usage_deltas` is of the source's files, and says what they are counted by. */
export function isDeltaOf(source: CountedSource, tenant: Tenant): RawBuilder<boolean> {
  return sql`${belongsTo(source, tenant)} and visibility ${isOneOf(source.visibilities)} and mime_type is not null`;
}

/** `= '…'`, or `in (…)`: the planner knows an order of the index behind the first only. */
export function isOneOf(texts: readonly string[]): RawBuilder<boolean> {
  const literals = texts.map((text) => sql.lit(text));
  return literals.length === 1 ? sql`= ${literals[0]}` : sql`in (${sql.join(literals)})`;
}
