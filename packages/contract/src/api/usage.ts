import { type Static, Type } from 'typebox';
import { buckets, categories, visibilities } from '../vocabulary.ts';

/** Query of `GET /v1/usage`. */
export const UsageQuery = Type.Object({
  scope: Type.Optional(
    Type.Enum(['caller', 'tenant'], {
      type: 'string',
      description: 'Files to count: the caller’s (default), or for admins those of the whole tenant.',
    }),
  ),
});
export type UsageQuery = Static<typeof UsageQuery>;

/** Number of files, and the sum of their sizes in bytes. */
export const UsageCount = Type.Object({
  files: Type.Integer(),
  bytes: Type.Integer(),
});
export type UsageCount = Static<typeof UsageCount>;

/** Number of versions, and the sum of their sizes in bytes. */
export const VersionUsage = Type.Object(
  { count: Type.Integer(), bytes: Type.Integer() },
  {
    description: 'Former contents of files; their bytes count in `bytes`, and in no category or visibility.',
  },
);

/** Exact usage of the caller or the tenant: all files, by category, and by visibility or in the trash. */
export const UsageAnswer = Type.Object({
  files: Type.Integer(),
  bytes: Type.Integer(),
  byCategory: Type.Record(Type.Enum([...categories], { type: 'string' }), UsageCount),
  byVisibility: Type.Record(Type.Enum([...visibilities], { type: 'string' }), UsageCount, {
    description: 'Without the trash.',
  }),
  trash: UsageCount,
  versions: VersionUsage,
  quota: Type.Optional(
    Type.Object(
      { files: Type.Optional(Type.Integer()), bytes: Type.Optional(Type.Integer()) },
      {
        description:
          'The most files and bytes of this scope, where there is a limit; `files` and `bytes` above count.',
      },
    ),
  ),
});
export type UsageAnswer = Static<typeof UsageAnswer>;

/** The caller's files by bucket, for admins those of the tenant; every bucket, in the order of their names. */
export const BucketsAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.Enum([...buckets], { type: 'string', description: 'Bucket.' }),
      files: Type.Integer({ description: 'Number of files.' }),
      bytes: Type.Integer({ description: 'Sum of their sizes in bytes.' }),
    }),
  ),
  isExact: Type.Boolean({
    description: 'False: counting took too long, and only the latest files were counted.',
  }),
});
export type BucketsAnswer = Static<typeof BucketsAnswer>;
