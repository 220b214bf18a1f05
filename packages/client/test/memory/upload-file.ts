import { createStorage } from '@bkend/storage';

/** A program that uploads one file, so that its memory is the client's. It sends `ready`, and starts at the next message. */
const { BKEND_URL: url = '', BKEND_KEY: apiKey = '', BKEND_FILE: path = '' } = process.env;
const storage = createStorage({ url, apiKey, journal: false });
// Warm-up: all modules are loaded and have run once.
await storage.upload('warm');
process.send?.('ready');
process.once('message', async () => {
  const { size } = await storage.upload({ path });
  process.send?.(size);
  process.disconnect();
});
