import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { startRelay } from '../../../../test-support/src/network/relay.ts';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { newTenant, newUpload } from '../../../../test-support/src/samples/samples.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { Database } from './database.ts';

const test = await useTestDatabase();

describe('a database', () => {
  it('is unavailable while the server does not answer, and works when it answers again', async () => {
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

  it('is unavailable when the server falls silent during a check', async () => {
    await using relay = await startRelay(test.url);
    await using database = new Database({ url: relay.url });
    await database.check();
    relay.fallSilent();
    await expect(database.check()).rejects.toMatchObject({ code: 'common/unavailable' });
    relay.hangUp();
  });

  it('is unavailable when an operator ends the session under a statement', async () => {
    await using database = new Database({ url: test.url, applicationName: 'ended' });
    const sleeping = database.rows(sql`select pg_sleep(30)`);
    const refused = expect(sleeping).rejects.toMatchObject({ code: 'common/unavailable' });
    for (let ended = 0; ended === 0; ) {
      const rows = await test.database.rows(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'ended' and query like '%pg_sleep%'`);
      ended = rows.length;
    }
    await refused;
  });

  it('is unavailable while it refuses every login, or does not exist', async () => {
    for (const part of ['username', 'pathname'] as const) {
      const url = new URL(test.url);
      url[part] = 'nobody_by_this_name';
      await using database = new Database({ url: url.href });
      await expect(database.check()).rejects.toMatchObject({ code: 'common/unavailable' });
    }
  });

  it('does not pass on the messages of the driver', async () => {
    const refused = test.database.rows(sql`select * from no_such_table`);
    await expect(refused).rejects.toMatchObject({
      code: 'common/internal-error',
      message: 'The database refused a statement.',
      cause: expect.objectContaining({ code: '42P01' }),
    });
  });

  it('passes an error of a caller inside a transaction unchanged', async () => {
    const reason = new TypeError('mine');
    const refused = test.database.transaction(() => Promise.reject(reason));
    await expect(refused).rejects.toBe(reason);
  });
});
