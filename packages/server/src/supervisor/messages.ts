/** Sent by a role's process to its supervisor. */
export type RoleMessage =
  | { readonly type: 'ready'; readonly url?: string; readonly operationsUrl?: string }
  /** The role cannot start or go on, and its process ends now. */
  | { readonly type: 'failed'; readonly reason: string }
  /** Answers `ask`. */
  | { readonly type: 'answer'; readonly answer?: unknown };

/** Sent by the supervisor to a role's process. */
export type SupervisorMessage =
  | { readonly type: 'stop' }
  /** `stop` follows after the shutdown delay: readiness is 503 from now on. */
  | { readonly type: 'announce-stop' }
  /** Asks for the one value that a role may have for the supervisor once all are ready: the first API keys, or the link of the first owner. */
  | { readonly type: 'ask' };

export function isRoleMessage(value: unknown): value is RoleMessage {
  return hasType(value, ['ready', 'failed', 'answer']);
}

export function isSupervisorMessage(value: unknown): value is SupervisorMessage {
  return hasType(value, ['stop', 'announce-stop', 'ask']);
}

function hasType(value: unknown, types: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    types.some((type) => type === value.type)
  );
}
