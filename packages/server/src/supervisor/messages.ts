/** What a role's process tells its supervisor. */
export type RoleMessage =
  | { readonly type: 'ready'; readonly url?: string }
  /** It cannot start or go on, and ends now. */
  | { readonly type: 'failed'; readonly reason: string };

/** What a supervisor tells a role's process. */
export interface StopMessage {
  readonly type: 'stop';
}

export const stopMessage: StopMessage = { type: 'stop' };

export function isRoleMessage(value: unknown): value is RoleMessage {
  const type = typeOf(value);
  return type === 'ready' || type === 'failed';
}

export function isStopMessage(value: unknown): value is StopMessage {
  return typeOf(value) === 'stop';
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}
