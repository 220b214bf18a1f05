import { type Static, Type } from 'typebox';
import { categories, visibilities } from './vocabulary.ts';

export const UsageQuery = Type.Object({
  scope: Type.Optional(Type.Enum(['caller', 'tenant'], { type: 'string' })),
});
export type UsageQuery = Static<typeof UsageQuery>;

export const UsageCount = Type.Object({
  files: Type.Integer(),
  bytes: Type.Integer(),
});
export type UsageCount = Static<typeof UsageCount>;

export const UsageAnswer = Type.Object({
  files: Type.Integer(),
  bytes: Type.Integer(),
  byCategory: Type.Record(Type.Enum([...categories], { type: 'string' }), UsageCount),
  byVisibility: Type.Record(Type.Enum([...visibilities], { type: 'string' }), UsageCount),
});
export type UsageAnswer = Static<typeof UsageAnswer>;
