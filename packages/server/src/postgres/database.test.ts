import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/postgres.ts';
import { startRelay } from '../../test/support/relay.ts';
import { newTenant, newUpload } from '../../test/support/samples.ts';
import { Database } from './database.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

describe('a database', () => {
  it('is unavailable while nobody answers, and works when somebody does again', async () => {
    await using relay = await startRelay(test.url);
    await using database = new Database({ url: relay.url });
    await database.check();
    relay.hangUp({ refuse: true });
    const uploads = createUploadRepository(database);
    const upload = newUpload(newTenant());
    const unavailable = { code: 'common/unavailable' };
    await expect(database.check()).rejects.toMatchObject(unavailable);
    await expect(uploads.insert(upload)).rejects.toMatchObject(unavailable);
    await expect(database.transaction(async () => {})).rejects.toMatchObject(unavailable);
    await expect(database.connect()).rejects.toMatchObject(unavailable);
    relay.recover();
    await uploads.insert(upload);
    expect(await uploads.find(upload.tenant, upload.key)).toEqual(upload);
  });

  it('is unavailable when it falls silent while it is asked whether it is there', async () => {
    await using relay = await startRelay(test.url);
    await using database = new Database({ url: relay.url });
    await database.check();
    relay.fallSilent();
    await expect(database.check()).rejects.toMatchObject({ code: 'common/unavailable' });
    relay.hangUp();
  });

  it('is unavailable when an operator ends the session under a statement', async () => {
    await using database = new Database({ url: test.url, applicationName: 'doomed' });
    const sleeping = database.rows(sql`select pg_sleep(30)`);
    const refused = expect(sleeping).rejects.toMatchObject({ code: 'common/unavailable' });
    for (let ended = 0; ended === 0; ) {
      const rows = await test.database.rows(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'doomed' and query like '%pg_sleep%'`);
      ended = rows.length;
    }
    await refused;
  });

  it('is unavailable while it lets nobody in, or is not there', async () => {
    for (const part of ['username', 'pathname'] as const) {
      const url = new URL(test.url);
      url[part] = 'nobody_by_this_name';
      await using database = new Database({ url: url.href });
      await expect(database.check()).rejects.toMatchObject({ code: 'common/unavailable' });
    }
  });

  it('keeps what the driver says to itself', async () => {
    const refused = test.database.rows(sql`select * from no_such_table`);
    await expect(refused).rejects.toMatchObject({
      code: 'common/internal-error',
      message: 'The database refused a statement.',
      cause: expect.objectContaining({ code: '42P01' }),
    });
  });

  it('lets what its callers throw inside a transaction pass as it is', async () => {
    const reason = new TypeError('mine');
    const refused = test.database.transaction(() => Promise.reject(reason));
    await expect(refused).rejects.toBe(reason);
  });
});
