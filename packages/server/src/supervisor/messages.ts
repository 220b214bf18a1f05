/** What a role's process tells its supervisor. */
export type RoleMessage =
  | { readonly type: 'ready'; readonly url?: string; readonly operationsUrl?: string }
  /** It cannot start or go on, and ends now. */
  | { readonly type: 'failed'; readonly reason: string }
  /** To `ask`. */
  | { readonly type: 'answer'; readonly answer?: unknown };

/** What a supervisor tells a role's process. */
export type SupervisorMessage =
  | { readonly type: 'stop' }
  /** Wants the one thing that a role may have to tell once all are ready. */
  | { readonly type: 'ask' };

export function isRoleMessage(value: unknown): value is RoleMessage {
  return hasType(value, ['ready', 'failed', 'answer']);
}

export function isSupervisorMessage(value: unknown): value is SupervisorMessage {
  return hasType(value, ['stop', 'ask']);
}

function hasType(value: unknown, types: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    types.some((type) => type === value.type)
  );
}
