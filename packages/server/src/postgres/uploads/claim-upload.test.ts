import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import {
  admin,
  guest,
  later,
  newTenant,
  newUpload,
  registrationOf,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Upload } from '../../uploads/upload.ts';
import { createPurgeOutbox } from '../outbox/purge-outbox.ts';

const { database, uploads } = await useTestDatabase();
const purges = createPurgeOutbox(database);

async function announced(fields: Partial<Upload> = {}): Promise<Upload> {
  const upload = newUpload(newTenant(), fields);
  await uploads.insert(upload);
  return upload;
}

interface ClaimOptions {
  readonly attempt?: string;
  /** Seconds after the upload was announced. */
  readonly after?: number;
}

function claim(caller: Caller, upload: Upload, options: ClaimOptions = {}) {
  const { attempt = randomUUID(), after = 60 } = options;
  const at = later(after, upload.createdAt);
  const { tenant, key } = upload;
  return uploads.claim(caller, { tenant, key, attempt, at, leaseUntil: later(20, at) });
}

/** Claims all purges due at an instant, and returns their keys. */
async function duePurges(now: Date): Promise<string[]> {
  const claimed = await purges.claim({ limit: 10_000, now, leaseSeconds: 10_000_000 });
  return claimed.map(({ key }) => key);
}

describe('claiming an upload', () => {
  it('is refused for an upload that never existed, was aborted, or has expired', async () => {
    const never = newUpload(newTenant());
    const aborted = await announced();
    await uploads.abort(aborted.tenant, aborted.key);
    const expired = await announced({ expiresAt: later(60) });
    for (const upload of [never, aborted, expired]) {
      expect(await claim(user(upload.tenant, 'alice'), upload)).toEqual({ outcome: 'upload-not-found' });
    }
  });

  it('is refused for the upload of another owner, which stays open', async () => {
    const upload = await announced();
    for (const caller of [user(upload.tenant, 'mallory'), guest(upload.tenant)]) {
      expect(await claim(caller, upload)).toEqual({ outcome: 'access-denied' });
    }
    expect(await claim(admin(upload.tenant), upload)).toEqual({ outcome: 'claimed', upload });
  });

  it('succeeds for one of many concurrent claims', async () => {
    for (let round = 0; round < 20; round += 1) {
      const upload = await announced();
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => claim(user(upload.tenant, 'alice'), upload)),
      );
      const outcomes = claims.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual([...Array.from({ length: 7 }, () => 'busy'), 'claimed']);
    }
  });

  it('succeeds again after the lease, and then the first attempt has lost the upload', async () => {
    const upload = await announced();
    const caller = user(upload.tenant, 'alice');
    const [first, second] = [registrationOf(upload), registrationOf(upload)];
    expect(await claim(caller, upload, first)).toMatchObject({ outcome: 'claimed' });
    expect(await claim(caller, upload, { ...second, after: 79 })).toEqual({ outcome: 'busy' });
    expect(await claim(caller, upload, { ...second, after: 80 })).toMatchObject({ outcome: 'claimed' });
    expect(await duePurges(later(80))).toEqual([first.objectKey]);
    expect(await uploads.register(first)).toBeUndefined();
    expect(await uploads.register(second)).toMatchObject({ objectKey: second.objectKey });
    expect(await duePurges(later(10_000))).not.toContain(second.objectKey);
  });

  it('keeps the upload as long as its lease is renewed', async () => {
    const upload = await announced();
    const caller = user(upload.tenant, 'alice');
    const mine = registrationOf(upload);
    await claim(caller, upload, mine);
    const { tenant, key } = upload;
    const renewal = { tenant, key, attempt: mine.attempt, leaseUntil: later(500) };
    expect(await uploads.renewClaim(renewal)).toBe(true);
    expect(await uploads.renewClaim({ ...renewal, attempt: randomUUID() })).toBe(false);
    expect(await claim(caller, upload, { after: 499 })).toEqual({ outcome: 'busy' });
    expect(await duePurges(later(799))).not.toContain(mine.objectKey);
    expect(await uploads.register(mine)).toBeDefined();
  });

  it('ends when the attempt releases the upload, and purges what it may have copied', async () => {
    for (const hasCopied of [true, false]) {
      const upload = await announced();
      const caller = user(upload.tenant, 'alice');
      const { attempt, objectKey } = registrationOf(upload);
      await claim(caller, upload, { attempt });
      await uploads.release({ tenant: upload.tenant, key: upload.key, attempt, hasCopied });
      expect(await claim(caller, upload)).toMatchObject({ outcome: 'claimed' });
      expect((await duePurges(upload.createdAt)).includes(objectKey)).toBe(hasCopied);
    }
  });
});

describe('a copy', () => {
  it('whose purge has begun makes no file, and the upload stays', async () => {
    const upload = await announced();
    const mine = registrationOf(upload);
    await claim(user(upload.tenant, 'alice'), upload, mine);
    expect(await duePurges(later(10_000))).toContain(mine.objectKey);
    expect(await uploads.register(mine)).toBeUndefined();
    expect(await uploads.find(upload.tenant, upload.key)).toBeDefined();
  });

  it('that no file has taken is purged twice: the store may have been late', async () => {
    const upload = await announced();
    const { attempt, objectKey } = registrationOf(upload);
    await claim(user(upload.tenant, 'alice'), upload, { attempt });
    for (const now of [later(10_000), later(10_000)]) {
      expect(await duePurges(now)).toContain(objectKey);
      await purges.finish([objectKey]);
    }
    expect(await duePurges(later(100_000))).not.toContain(objectKey);
  });
});
