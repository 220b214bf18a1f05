import { type Static, Type } from 'typebox';

/** The body of every error answer. `message` is there twice because published client helpers read either field. */
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
