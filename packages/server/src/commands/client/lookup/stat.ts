import type { Output } from '../../output.ts';
import { findFile } from '../find-file.ts';
import { formatTable } from '../format.ts';
import { openClient } from '../open-client.ts';

/** `stat`: shows every field of a file. */
export async function stat(idOrKey: string, { show }: Output): Promise<void> {
  const file = await findFile(await openClient(), idOrKey);
  const rows = Object.entries(file).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  show(file, formatTable(rows));
}
