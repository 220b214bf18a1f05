import {
  type CallOptions,
  createStorage,
  type Storage,
  type StorageOptions,
  type StoredFile,
} from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import { readLogin } from './login-file.ts';

/** A client for whoever is logged in, as patient as somebody who waits for an answer. */
export async function openClient(options: Partial<StorageOptions> = {}): Promise<Storage> {
  const env = readEnv();
  const { BKEND_IMAGES_URL: imagesUrl } = env;
  return createStorage({
    ...(await readLogin(env)),
    ...(imagesUrl && { imagesUrl }),
    retry: { tries: 3 },
    ...options,
  });
}

/** The same for what takes its time, and should not be lost for a short trouble: transfers. */
export function openPatientClient(options: Partial<StorageOptions> = {}): Promise<Storage> {
  return openClient({ ...options, retry: {} });
}

const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const keyIdPattern = /\/([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}[^/]*$/i;
const uploadLifeMs = 24 * 60 * 60 * 1000;

/**
 * The file with this id or key. A key says when it was given out (UUIDv7, RFC 9562 section 5.7), and it became a file
 * within a day: no more than that day is searched.
 */
export async function findFile(
  storage: Storage,
  idOrKey: string,
  options: CallOptions = {},
): Promise<StoredFile> {
  const time = uuidPattern.test(idOrKey) ? null : keyIdPattern.exec(idOrKey);
  if (!time) return storage.get(idOrKey, options);
  const at = Number.parseInt(`${time[1]}${time[2]}`, 16);
  const day = {
    createdAfter: new Date(at - 1).toISOString(),
    createdBefore: new Date(at + uploadLifeMs).toISOString(),
    sortDirection: 'asc',
  } as const;
  for await (const file of storage.list(day)) if (file.key === idOrKey) return file;
  return storage.get(idOrKey, options);
}
