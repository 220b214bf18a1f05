/** The parts of the service. Each runs in a process of its own; this is the order in which they come to depend on each other. */
export const roleNames = ['database', 'objects', 'api', 'images', 'jobs'] as const;
export type RoleName = (typeof roleNames)[number];

export function isRoleName(text: string): text is RoleName {
  return roleNames.some((name) => name === text);
}
