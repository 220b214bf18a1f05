import { defaultLimits, StorageError } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { newUpload, user } from '../../../../test-support/src/samples/samples.ts';
import { settingsInForce } from '../../projects/environment-settings.ts';
import { completeMultipart } from './complete-multipart.ts';

const upload = newUpload('acme/dev', {
  multipartId: 'id',
  sizeBytes: 10,
  createdAt: new Date(),
});
const alice = user('acme/dev', 'alice');
const settings = settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' });

/** An upload whose parts are complete, with `storedBytes` in the store. */
function createWorld({
  storedBytes,
  firstBytes = new Uint8Array(storedBytes),
  hasDatabase = true,
}: {
  storedBytes: number;
  firstBytes?: Uint8Array;
  hasDatabase?: boolean;
}) {
  const open = new Map([[upload.key, upload]]);
  const complete = () =>
    completeMultipart(
      {
        clock: () => new Date(),
        limits: defaultLimits,
        findSettings: async () => {
          if (!hasDatabase) throw new StorageError('common/unavailable', 'The database does not answer.');
          return settings;
        },
        uploads: {
          find: async (_tenant, key) => open.get(key),
          refuse: async (_tenant, key) => void open.delete(key),
          lookNow: async () => {},
        },
        files: {
          findByBaseKey: async () => undefined,
        },
        versions: {
          find: async () => undefined,
        },
        objects: {
          location: (key) => key,
          completeMultipart: async () => 'completed',
          head: async () => {
            throw new Error('A ranged GET stands in for the HEAD.');
          },
          headWithFirstBytes: async () => ({ sizeBytes: storedBytes, etag: 'e-1', firstBytes }),
        },
      },
      alice,
      { key: upload.key, uploadId: 'id', parts: [{ partNumber: 1, etag: '"e"' }] },
    );
  return { open, complete };
}

describe('completing an upload in parts', () => {
  it('ends the upload whose bytes are of another kind than was announced', async () => {
    const { open, complete } = createWorld({ storedBytes: 10, firstBytes: Buffer.from('<html>text') });
    await expect(complete()).rejects.toMatchObject({ code: 'file/content-mismatch' });
    expect(open.size).toBe(0);
  });

  it('ends the upload whose parts are larger than was announced', async () => {
    const { open, complete } = createWorld({ storedBytes: 11 });
    await expect(complete()).rejects.toMatchObject({ code: 'file/size-mismatch' });
    expect(open.size).toBe(0);
  });

  it('leaves the upload alone while it cannot be found out which sizes are allowed', async () => {
    const { open, complete } = createWorld({ storedBytes: 10, hasDatabase: false });
    await expect(complete()).rejects.toMatchObject({ code: 'common/unavailable' });
    expect(open.size).toBe(1);
  });
});
