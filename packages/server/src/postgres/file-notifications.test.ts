import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../test-support/src/samples/register-upload.ts';
import {
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../../test-support/src/samples/samples.ts';
import { accessDenied } from '../files/access.ts';
import type { FileRepository } from '../files/ports.ts';
import type { UploadRepository } from '../uploads/ports.ts';
import { createFileRepository } from './file-repository.ts';
import { createMaintenance } from './maintenance.ts';
import { createFileNotifications } from './notifications.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';

let test: TestDatabase;
let uploads: UploadRepository;
let files: FileRepository;
let subscription: AsyncDisposable;
const news = new EventEmitter();
beforeAll(async () => {
  test = await createTestDatabase();
  uploads = createUploadRepository(test.database);
  files = createFileRepository(test.database);
  subscription = await createFileNotifications(test.database).subscribe({
    changed: (key) => news.emit(key),
    lost: () => {},
    regained: () => {},
  });
});
afterAll(async () => {
  await subscription[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

const tenant = newTenant();
let key: string;
let id: string;
let objectKey: string;
beforeEach(async () => {
  const upload = newUpload(tenant, { visibility: 'public' });
  const registration = registrationOf(upload);
  ({ id, objectKey } = registration);
  ({ key } = upload);
  await uploads.insert(upload);
  await registerUpload(uploads, user(tenant, 'alice'), registration);
});

describe('notifications about files', () => {
  it('arrive when a file is no longer public', async () => {
    const received = once(news, key);
    await files.change({ tenant, id, at: later(120) }, () => ({ visibility: 'private' }));
    await received;
    expect(await files.findPublicByKey(key)).toBeUndefined();
  });

  it('arrive when a file whose bytes are lost is removed', async () => {
    const received = once(news, key);
    await createMaintenance(test.database).removeLost([{ tenant, id, objectKey }]);
    await received;
    expect(await files.findPublicByKey(key)).toBeUndefined();
  });

  it('arrive when a file is removed', async () => {
    const received = once(news, key);
    expect(await files.remove(user(tenant, 'alice'), [id])).toEqual(new Map([[id, 'deleted']]));
    await received;
  });

  it('do not arrive when a change is rolled back', async () => {
    const received: string[] = [];
    news.on(key, () => received.push(key));
    const refuse = () => {
      throw accessDenied();
    };
    await expect(files.change({ tenant, id, at: noon }, refuse)).rejects.toMatchObject({
      code: 'file/access-denied',
    });
    // Notifications arrive in order.
    const next = once(news, key);
    await files.change({ tenant, id, at: later(121) }, () => ({ originalName: 'other.png' }));
    await next;
    expect(received).toHaveLength(1);
  });
});
