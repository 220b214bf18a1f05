import { type Static, Type } from 'typebox';

/** The environment of the caller, for its admins. Secrets among the settings are masked. */
export const EnvironmentAnswer = Type.Object({
  environment: Type.String({ description: '`project/environment`' }),
  createdAt: Type.String({ format: 'date-time' }),
  settings: Type.Record(Type.String(), Type.Unknown(), {
    description: 'All settings by name, with the value in force; null without a value and a default.',
  }),
  openTokensUntil: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Until then tokens that were valid before the upgrade stay valid; absent where none are.',
    }),
  ),
});
export type EnvironmentAnswer = Static<typeof EnvironmentAnswer>;

/** Settings to change, by name; null restores the default. */
export const EnvironmentRequest = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown(), {
  maxProperties: 100,
});
export type EnvironmentRequest = Static<typeof EnvironmentRequest>;
