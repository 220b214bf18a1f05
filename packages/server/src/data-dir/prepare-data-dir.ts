import { access, constants, mkdir } from 'node:fs/promises';
import { refuseSpecialFiles } from './refuse-special-files.ts';

/**
 * Creates the data directory where it is missing, for its owner alone, and checks that it can be written and that no named pipe
 * or device is in place of its files.
 * @throws an error with a sentence for the operator
 */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The data directory ${path} (BKEND_DATA_DIR) cannot be written to: ${reason}`, {
      cause: error,
    });
  }
  await refuseSpecialFiles(path);
}
