import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { registerUpload } from '../../../test/support/register-upload.ts';
import { later, newTenant, newUpload, noon, registrationOf, user } from '../../../test/support/samples.ts';
import { accessDenied } from '../../files/access.ts';
import type { FileRepository, UploadRepository } from '../../files/ports.ts';
import { createUpkeep } from '../upkeep.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createFileNotices } from './file-notices.ts';
import { createFileRepository } from './file-repository.ts';

let test: TestDatabase;
let uploads: UploadRepository;
let files: FileRepository;
let subscription: AsyncDisposable;
const news = new EventEmitter();
beforeAll(async () => {
  test = await createTestDatabase();
  uploads = createUploadRepository(test.database);
  files = createFileRepository(test.database);
  subscription = await createFileNotices(test.database).subscribe({
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
beforeEach(async () => {
  const upload = newUpload(tenant, { visibility: 'public' });
  const registration = registrationOf(upload);
  ({ id } = registration);
  ({ key } = upload);
  await uploads.insert(upload);
  await registerUpload({ uploads, files }, user(tenant, 'alice'), registration);
});

describe('notices about files', () => {
  it('come when a file is no longer public', async () => {
    const told = once(news, key);
    await files.change({ tenant, id, at: later(120) }, () => ({ visibility: 'private' }));
    await told;
    expect(await files.findPublicByKey(key)).toBeUndefined();
  });

  it('come when a file is removed whose bytes are lost', async () => {
    const told = once(news, key);
    await createUpkeep(test.database).removeLostFiles([{ tenant, id }]);
    await told;
    expect(await files.findPublicByKey(key)).toBeUndefined();
  });

  it('come when a file is removed', async () => {
    const told = once(news, key);
    expect(await files.remove(user(tenant, 'alice'), [id])).toEqual(new Map([[id, 'deleted']]));
    await told;
  });

  it('do not come when a change is undone', async () => {
    const told: string[] = [];
    news.on(key, () => told.push(key));
    const refuse = () => {
      throw accessDenied();
    };
    await expect(files.change({ tenant, id, at: noon }, refuse)).rejects.toMatchObject({
      code: 'file/access-denied',
    });
    // A later notice on the same connection comes after any earlier one.
    const next = once(news, key);
    await files.change({ tenant, id, at: later(121) }, () => ({ originalName: 'other.png' }));
    await next;
    expect(told).toHaveLength(1);
  });
});
