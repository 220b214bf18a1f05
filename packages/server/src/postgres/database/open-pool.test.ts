import { expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { openPool } from './open-pool.ts';

const { url } = await useTestDatabase();

it('a connection that breaks while it is idle or being closed fails nothing', async () => {
  const pool = openPool({ connectionString: url });
  const client = await pool.connect();
  client.release();
  const ended = pool.end();
  expect(() => client.emit('error', new Error('terminating connection'))).not.toThrow();
  await ended;

  const other = openPool({ connectionString: url });
  const idle = await other.connect();
  idle.release();
  expect(() => idle.emit('error', new Error('terminating connection'))).not.toThrow();
  expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await other.end();
});
