import { Type } from 'typebox';
import {
  buckets,
  categories,
  dispositions,
  ownerTypes,
  sortDirections,
  sortFields,
  visibilities,
} from './vocabulary.ts';

export const Visibility = Type.Enum([...visibilities], { type: 'string' });
export const Category = Type.Enum([...categories], { type: 'string' });
export const Bucket = Type.Enum([...buckets], { type: 'string' });
export const OwnerType = Type.Enum([...ownerTypes], { type: 'string' });
export const SortField = Type.Enum([...sortFields], { type: 'string' });
export const SortDirection = Type.Enum([...sortDirections], { type: 'string' });
export const Disposition = Type.Enum([...dispositions], { type: 'string' });

/** An instant as ISO 8601 in UTC with milliseconds, `2026-01-31T09:00:00.000Z`. */
export const Instant = Type.String({ format: 'date-time', maxLength: 64 });
