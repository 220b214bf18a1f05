import { type Static, Type } from 'typebox';

/** An environment as its admins see it. Secrets among the settings are masked. */
export const EnvironmentAnswer = Type.Object({
  /** `project/environment` */
  environment: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  /** All settings by name, in force now; null where there is neither a value nor a default. */
  settings: Type.Record(Type.String(), Type.Unknown()),
  /** Until then tokens that worked before the upgrade go on working; absent where none do. */
  openTokensUntil: Type.Optional(Type.String({ format: 'date-time' })),
});
export type EnvironmentAnswer = Static<typeof EnvironmentAnswer>;

/** Settings to change, by name; null goes back to the default. */
export const EnvironmentRequest = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown(), {
  maxProperties: 100,
});
export type EnvironmentRequest = Static<typeof EnvironmentRequest>;
