/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A copy of the environment. Nothing else in the project reads it. */
export function readEnv(): Env {
  return { ...process.env };
}
