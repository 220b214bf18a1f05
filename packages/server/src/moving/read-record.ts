import { invalidParameters } from '@bkend/storage-contract';
import { RegisterFileRequest } from '@bkend/storage-contract/schemas';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { type Static, Type } from 'typebox';
import type { ImportRecord } from '../uploads/import/import-entry.ts';

const { s3Key, originalName, mimeType, size, ...optional } = RegisterFileRequest.properties;
const Instant = Type.String({ format: 'date-time', maxLength: 64 });

/** The fields of a file in a manifest: those of a registration, and what only an import keeps. */
const Fields = Type.Object(
  {
    ...optional,
    id: Type.Optional(Type.String({ maxLength: 64 })),
    s3Key: Type.Optional(s3Key),
    originalName,
    mimeType: Type.Optional(mimeType),
    size: Type.Optional(size),
    createdAt: Type.Optional(Instant),
    updatedAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);

const ajv = new Ajv({ allErrors: true, meta: false, validateSchema: false });
addFormats.default(ajv);
const isRecord = ajv.compile<Static<typeof Fields>>(Fields);

/** The names of all fields. */
const fieldNames: ReadonlySet<string> = new Set(Object.keys(Fields.properties));

/**
 * Checks the shape of a record.
 * @param options.ignoresOthers fields of other names are left out; else they are refused, because they may be misspelt
 * @throws `common/invalid-parameters`
 */
export function readRecord(
  fields: unknown,
  { ignoresOthers }: { readonly ignoresOthers: boolean },
): ImportRecord {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidParameters([{ field: 'line', message: 'is a JSON object' }]);
  }
  // An unset field of a database or of another program is null.
  const present = Object.entries(fields).filter(
    ([name, value]) => value !== null && (!ignoresOthers || fieldNames.has(name)),
  );
  const record: unknown = Object.fromEntries(present);
  if (isRecord(record)) return record;
  const issues = (isRecord.errors ?? []).map(({ instancePath, params, message = 'is wrong' }) => {
    const path = instancePath.slice(1).replaceAll('/', '.');
    const unknown: unknown = params.additionalProperty;
    if (typeof unknown === 'string') {
      return { field: [path, unknown].filter(Boolean).join('.'), message: 'is not a field of a file' };
    }
    return { field: path || String(params.missingProperty ?? 'line'), message };
  });
  throw invalidParameters(issues);
}
