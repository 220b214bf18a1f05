import { type Static, Type } from 'typebox';

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
