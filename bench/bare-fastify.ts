import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';

/**
 * The yardstick of `bench -- api`, in a separate process: a Fastify route that does only the single INSERT of a presign,
 * through a pool of the same kind. Arguments: database URL, port, pool size.
 */
const [databaseUrl = '', port = '', poolSize = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: Number(poolSize) });
await pool.query('CREATE TABLE IF NOT EXISTS bare_uploads (LIKE bkend.uploads INCLUDING ALL)');

const app = Fastify();
const schema = {
  body: {
    type: 'object',
    required: ['filename', 'contentType'],
    properties: { filename: { type: 'string' }, contentType: { type: 'string' } },
  },
} as const;
app.post<{ Body: { filename: string; contentType: string } }>('/bare', { schema }, async (request) => {
  const key = `bare/dev/images/2026/01/${randomBytes(16).toString('hex')}.jpg`;
  await pool.query({
    name: 'bare',
    text: `INSERT INTO bare_uploads (tenant, key, owner_id, owner_type, content_type, visibility, category, created_at, expires_at)
           VALUES ('bare/dev', $1, 'alice', 'user', $2, 'private', 'images', now(), now() + interval '1 day')`,
    values: [key, request.body.contentType],
  });
  return { key, filename: request.body.filename };
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
process.send?.('ready');
process.once('SIGTERM', async () => {
  await app.close();
  await pool.end();
  process.disconnect?.();
});
