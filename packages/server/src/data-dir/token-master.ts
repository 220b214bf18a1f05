import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce } from './own-files.ts';

const masterPattern = /^[0-9a-f]{64}\n$/;

/**
 * Reads the master of the generated token secrets, 32 bytes, one for each data directory, in a file of its own; generates it
 * where it is missing. Concurrent processes read the same one. No client ever holds it.
 */
export async function readTokenMaster(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'token-master');
  const found = await findMaster(path);
  if (found) return found;
  await createFileOnce(path, `${randomBytes(32).toString('hex')}\n`);
  const master = await findMaster(path);
  if (master === undefined) throw new Error(`${path} was removed while it was read.`);
  return master;
}

async function findMaster(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (!masterPattern.test(text)) {
    throw new Error(
      `${path} is damaged: restore it from a copy. Without it tokens signed with generated secrets are refused.`,
    );
  }
  return Buffer.from(text.trim(), 'hex');
}
