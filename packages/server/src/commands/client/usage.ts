import type { Output } from '../output.ts';
import { formatBytes, formatTable } from './format.ts';
import { openClient } from './open-client.ts';

/** `usage`: files and bytes of the user, or with `tenant` of all owners. */
export async function usage({ tenant }: { readonly tenant?: boolean }, { show }: Output): Promise<void> {
  const storage = await openClient();
  const answer = await storage.usage(tenant ? 'tenant' : undefined);
  const groups = { ...answer.byCategory, ...answer.byVisibility, trash: answer.trash };
  const rows = Object.entries(groups).filter(([, { files }]) => files > 0);
  const table = [['total', answer] as const, ...rows].map(([name, { files, bytes }]) => [
    name,
    files,
    formatBytes(bytes).padStart(8),
  ]);
  show(answer, formatTable(table));
}
