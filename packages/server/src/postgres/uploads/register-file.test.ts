import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  guest,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import { sortNameOf } from '../../files/sort-name.ts';
import type { Registration } from '../../uploads/ports.ts';
import type { Upload } from '../../uploads/upload.ts';
import { createPurgeOutbox } from '../outbox/purge-outbox.ts';

const { database, uploads, files } = await useTestDatabase();

async function announced(fields: Partial<Upload> = {}): Promise<Upload> {
  const upload = newUpload(newTenant(), fields);
  await uploads.insert(upload);
  return upload;
}

describe('registering', () => {
  it('makes the upload a file, with the values given when presigning', async () => {
    const upload = await announced({ folder: 'trips/2026', visibility: 'protected', category: 'media' });
    const registration = registrationOf(upload);
    const registered = await registerUpload(uploads, user(upload.tenant, 'alice'), registration);
    const { id, objectKey, originalName, mimeType, sizeBytes, etag, at } = registration;
    const { key } = upload;
    const file = {
      ...{ id, key, objectKey, originalName, mimeType, sizeBytes, etag, tenant: upload.tenant },
      ...{ ownerId: 'alice', ownerType: 'user', visibility: 'protected', category: 'media', bucket: 'files' },
      ...{ folder: 'trips/2026', sortName: sortNameOf(originalName), version: 1 },
      versionId: registered?.versionId,
      ...{ metadata: {}, sharedWith: [], createdAt: at, updatedAt: at },
    };
    expect(registered).toEqual(file);
    expect(await files.find(upload.tenant, id)).toEqual(file);
    expect(await files.findByKey(upload.tenant, key)).toEqual(file);
    expect(await uploads.find(upload.tenant, key)).toBeUndefined();
  });

  it('stores every value of the registration, whatever characters it has', async () => {
    const upload = await announced();
    const said: Partial<Registration> = {
      originalName: `"회의록" 😀 100%_\\ d'été.pdf`,
      width: 640,
      height: 480,
      visibility: 'shared',
      category: 'documents',
      bucket: 'documents',
      metadata: {
        tags: ['a"b', '{c,d}', '한글'],
        description: "it's",
        custom: { nul: '\0', lone: '\ud800', nested: [{ '\0': null }, 1e300] },
      },
      sharedWith: ['bob', '한 "사람"'],
      ownerId: `o'neil`,
      ownerType: 'service',
    };
    await registerUpload(uploads, admin(upload.tenant), registrationOf(upload, said));
    expect(await files.findByKey(upload.tenant, upload.key)).toMatchObject(said);
  });

  it('cancels the purge of the copy, and queues that of the upload’s own bytes', async () => {
    const upload = await announced();
    const { objectKey } = await registerUpload(uploads, admin(upload.tenant), registrationOf(upload));
    const purges = createPurgeOutbox(database);
    const claimed = await purges.claim({ limit: 1_000, now: later(1_000_000), leaseSeconds: 60 });
    const keys = claimed.map(({ key }) => key);
    expect(keys).toContain(`_pending/${upload.key}`);
    expect(keys).not.toContain(objectKey);
  });

  it('fails for an attempt that does not hold the upload, and changes nothing', async () => {
    const upload = await announced();
    expect(await uploads.register(registrationOf(upload))).toBeUndefined();
    expect(await files.findByKey(upload.tenant, upload.key)).toBeUndefined();
    expect(await uploads.find(upload.tenant, upload.key)).toEqual(upload);
  });

  it('is refused for a tag that a text cannot hold', async () => {
    const upload = await announced();
    const registration = registrationOf(upload, { metadata: { tags: ['\0'] } });
    const refused = registerUpload(uploads, user(upload.tenant, 'alice'), registration);
    await expect(refused).rejects.toMatchObject({ code: 'common/invalid-parameters' });
    expect(await uploads.find(upload.tenant, upload.key)).toEqual(upload);
  });
});

describe('finding', () => {
  it('finds nothing of another tenant', async () => {
    const upload = await announced();
    const registration = registrationOf(upload);
    await registerUpload(uploads, user(upload.tenant, 'alice'), registration);
    expect(await files.find(newTenant(), registration.id)).toBeUndefined();
    expect(await files.findByKey(newTenant(), upload.key)).toBeUndefined();
  });

  it('by key alone finds public files only, and survives any key', async () => {
    const open = await announced({ visibility: 'public' });
    const closed = await announced({ visibility: 'protected' });
    for (const upload of [open, closed]) {
      await registerUpload(uploads, user(upload.tenant, 'alice'), registrationOf(upload));
    }
    expect(await files.findPublicByKey(open.key)).toMatchObject({ key: open.key });
    for (const key of [closed.key, '', '../..', 'smart/dev/x', `${open.key}\0`]) {
      expect(await files.findPublicByKey(key)).toBeUndefined();
    }
  });
});

describe('changing', () => {
  it('writes what was decided, and when', async () => {
    const upload = await announced();
    const registration = registrationOf(upload);
    await registerUpload(uploads, user(upload.tenant, 'alice'), registration);
    const where = { tenant: upload.tenant, id: registration.id, at: later(3_600) };
    const changed = await files.change(where, (file) => {
      expect(file.originalName).toBe('photo.png');
      return {
        originalName: '사진.png',
        visibility: 'shared',
        sharedWith: ['bob'],
        metadata: { tags: ['x'] },
      };
    });
    expect(changed).toMatchObject({
      originalName: '사진.png',
      updatedAt: where.at,
      createdAt: registration.at,
    });
    expect(await files.find(upload.tenant, registration.id)).toEqual(changed);
  });

  it('changes nothing when the decision throws', async () => {
    const upload = await announced();
    const registration = registrationOf(upload);
    const made = await registerUpload(uploads, user(upload.tenant, 'alice'), registration);
    const reason = new RangeError('no');
    const refused = files.change({ tenant: upload.tenant, id: registration.id, at: noon }, () => {
      throw reason;
    });
    await expect(refused).rejects.toBe(reason);
    expect(made).toEqual(await files.find(upload.tenant, registration.id));
  });

  it('of an unknown file does not call decide', async () => {
    const { id } = registrationOf(newUpload(newTenant()));
    const decide = () => {
      throw new Error('there is nothing to decide');
    };
    expect(await files.change({ tenant: newTenant(), id, at: noon }, decide)).toBeUndefined();
  });
});

describe('removing', () => {
  it('answers an outcome for each file', async () => {
    const tenant = newTenant();
    const registered = async (ownerId: string) => {
      const upload = newUpload(tenant, { ownerId });
      await uploads.insert(upload);
      const registration = registrationOf(upload);
      await registerUpload(uploads, user(tenant, ownerId), registration);
      return registration.id;
    };
    const [mine, other] = [await registered('alice'), await registered('bob')];
    const { id: absent } = registrationOf(newUpload(tenant));
    const ids = [mine, other, absent];
    expect(await files.remove(guest(tenant), ids)).toEqual(
      new Map([
        [mine, 'access-denied'],
        [other, 'access-denied'],
        [absent, 'not-found'],
      ]),
    );
    expect(await files.remove(admin(newTenant()), ids)).toEqual(new Map(ids.map((id) => [id, 'not-found'])));
    expect(await files.remove(user(tenant, 'alice'), ids)).toEqual(
      new Map([
        [mine, 'deleted'],
        [other, 'access-denied'],
        [absent, 'not-found'],
      ]),
    );
    expect(await files.find(tenant, mine)).toBeUndefined();
    expect(await files.remove(admin(tenant), ids)).toEqual(
      new Map([
        [mine, 'not-found'],
        [other, 'deleted'],
        [absent, 'not-found'],
      ]),
    );
  });

  it('of the same files concurrently, in any order, removes each once', async () => {
    const tenant = newTenant();
    const ids: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      const upload = newUpload(tenant);
      await uploads.insert(upload);
      const registration = registrationOf(upload);
      await registerUpload(uploads, user(tenant, 'alice'), registration);
      ids.push(registration.id);
    }
    const orders = [ids, ids.toReversed(), [...ids].sort(() => Math.random() - 0.5), ids];
    const outcomes = await Promise.all(orders.map((order) => files.remove(admin(tenant), order)));
    for (const id of ids) {
      expect(outcomes.map((outcome) => outcome.get(id)).sort()).toEqual([
        'deleted',
        'not-found',
        'not-found',
        'not-found',
      ]);
    }
  });
});
