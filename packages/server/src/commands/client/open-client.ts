import { createStorage, type Storage, type StorageOptions } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import { readLogin } from './login-file.ts';

/** The SDK with the credentials of the login, and 3 tries, for a user who waits for the answer. */
export async function openClient(options: Partial<StorageOptions> = {}): Promise<Storage> {
  const env = readEnv();
  const { BKEND_IMAGES_URL: imagesUrl } = env;
  return createStorage({
    ...(await readLogin(env)),
    ...(imagesUrl && { imagesUrl }),
    retry: { tries: 3 },
    blockingReads: true,
    ...options,
  });
}

/** The same with the SDK's default retries, for transfers, which outlast short failures. */
export function openTransferClient(options: Partial<StorageOptions> = {}): Promise<Storage> {
  return openClient({ ...options, retry: {} });
}
