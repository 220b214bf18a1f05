// A store in a process of its own, to be killed: `node store-process.js DATA_DIR`. Says where it listens, in one line.
import { createStoreServer } from '../dist/create-store-server.js';
import { openStore } from '../dist/open-store.js';

const [directory] = process.argv.slice(2);
const store = await openStore({
  directory,
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDSERVICE', secretAccessKey: 'service-secret' },
  buckets: ['bucket'],
  handle(request, response) {
    if (request.url !== '/health') return false;
    response.end(JSON.stringify(store.health()));
    return true;
  },
});
const { server } = createStoreServer(store);
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
