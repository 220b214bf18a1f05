/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A copy of the environment. Nothing else in the project reads it. */
export function readEnv(): Env {
  return { ...process.env };
}

/**
 * The AWS SDK warns of the Node.js versions its future releases will want. That is for who chooses the SDK's version, not
 * for who runs a service it is pinned in. Child processes inherit this.
 */
export function silenceSdkVersionWarning(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
