import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

/**
 * The yardstick for cached renditions of `bench -- images`, in a separate process: a Fastify route that only sends the same bytes
 * from memory. Arguments: port, file with the bytes.
 */
const [port = '', file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);

const app = Fastify();
app.get('/bare', (_request, reply) => reply.type('image/jpeg').send(bytes));
await app.listen({ host: '127.0.0.1', port: Number(port) });
process.send?.('ready');
process.once('SIGTERM', async () => {
  await app.close();
  process.disconnect?.();
});
