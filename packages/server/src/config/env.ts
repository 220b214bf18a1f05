/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Returns a copy of the process's environment. No other function reads `process.env`. */
export function readEnv(): Env {
  return { ...process.env };
}

/**
 * Silences the AWS SDK's warning of the Node.js versions that its future releases will need. It is meant for developers who
 * choose the SDK's version, not for operators of a service with a pinned one. Child processes inherit the variable.
 */
export function silenceSdkVersionWarning(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

/** Chooses the login of a profile for this process; it wins over `BKEND_API_URL`, `BKEND_API_KEY` and `BKEND_ACCESS_TOKEN`. */
export function chooseProfile(name: string): void {
  for (const each of ['BKEND_API_URL', 'BKEND_API_KEY', 'BKEND_ACCESS_TOKEN']) delete process.env[each];
  process.env.BKEND_PROFILE = name;
}
