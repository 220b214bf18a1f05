// The embedded store's yardstick: `node bare-server.js DIRECTORY` writes each body to a file with one fdatasync, sends it back with
// createReadStream, and answers /memory and all paths below it from memory. No signatures, no hashes, no index.
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const path = join(process.argv[2], 'bare-file');
const small = Buffer.alloc(4096, 7);

const server = createServer({ requestTimeout: 0 }, async (request, response) => {
  if (request.url.startsWith('/memory')) return response.end(small);
  if (request.method !== 'PUT') return createReadStream(path).pipe(response);
  await pipeline(request, createWriteStream(path));
  const file = await open(path, 'r+');
  await file.datasync();
  await file.close();
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
