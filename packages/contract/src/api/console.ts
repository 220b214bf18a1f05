import { type Static, Type } from 'typebox';

/** Requests and answers of the console's own host, below `/api`. */

const Name = Type.String({ maxLength: 256 });
const Password = Type.String({ maxLength: 1_024 });
const Code = Type.String({ maxLength: 256 });
const Role = Type.Union([Type.Literal('owner'), Type.Literal('admin'), Type.Literal('viewer')]);

export const SignInRequest = Type.Object({ name: Name, password: Password });
export type SignInRequest = Static<typeof SignInRequest>;

/** The operator who is signed in, and addresses that its pages use. */
export const SessionAnswer = Type.Object({
  operator: Type.Object({ id: Type.String(), name: Type.String(), role: Role }),
  imagesUrl: Type.String(),
});
export type SessionAnswer = Static<typeof SessionAnswer>;

export const SetupCheckRequest = Type.Object({ code: Code });
/** The purpose of a one-time link. */
export const SetupCheckAnswer = Type.Object({
  purpose: Type.Union([Type.Literal('create'), Type.Literal('reset')]),
  role: Role,
  name: Type.Optional(Type.String()),
});
export type SetupCheckAnswer = Static<typeof SetupCheckAnswer>;

export const SetupRequest = Type.Object({ code: Code, name: Type.Optional(Name), password: Password });
export type SetupRequest = Static<typeof SetupRequest>;

export const PasswordRequest = Type.Object({ current: Password, password: Password });
export type PasswordRequest = Static<typeof PasswordRequest>;

/** Environments that the operator may open. */
export const ConsoleEnvironments = Type.Object({
  items: Type.Array(Type.Object({ project: Type.String(), environment: Type.String() })),
});
export type ConsoleEnvironments = Static<typeof ConsoleEnvironments>;

export const NothingAnswer = Type.Object({});
