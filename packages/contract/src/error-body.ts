import { type Static, Type } from 'typebox';
import { errorStatus } from './error-codes.ts';
import type { StorageError } from './storage-error.ts';

/** What every refusal looks like. `message` stands twice: published client helpers read it in either place. */
export const ErrorBody = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Record(Type.String(), Type.Unknown()),
    }),
    message: Type.String(),
    statusCode: Type.Integer(),
    requestId: Type.String(),
  },
  { $id: 'Error' },
);
export type ErrorBody = Static<typeof ErrorBody>;

/** A refusal as it travels; its cause stays behind. */
export function toErrorBody(error: StorageError, requestId: string): ErrorBody {
  return {
    success: false,
    error: { code: error.code, message: error.message, details: error.details },
    message: error.message,
    statusCode: errorStatus[error.code],
    requestId,
  };
}
