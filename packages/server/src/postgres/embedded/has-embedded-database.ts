import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether an embedded PostgreSQL has ever run on this data directory. */
export async function hasEmbeddedDatabase(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'postgres')).then(
    () => true,
    () => false,
  );
}
