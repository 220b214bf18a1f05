import type { ErrorBody, FileView } from '@bkend/storage-contract';
import { type TSchema, Type } from 'typebox';

/** The file as one named schema of the description, rather than written out at every route. */
export const FileAnswer = Type.Unsafe<FileView>(Type.Ref('File#'));

const ErrorAnswer = Type.Unsafe<ErrorBody>(Type.Ref('Error#'));

/** The answers of a route: one on success, and the error shape for every refusal. */
export function answers<Status extends 200 | 201, Schema extends TSchema>(status: Status, schema: Schema) {
  return { [status]: schema, '4xx': ErrorAnswer, '5xx': ErrorAnswer };
}
